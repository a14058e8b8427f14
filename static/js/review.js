/* Review by keyboard, texts to copy, and a word when the page cannot renew itself. All works without. */
(function () {
  "use strict";

  // Buttons that copy need a script: without one the text itself is there to be marked.
  const prepare = function (root) {
    root.querySelectorAll("[data-copy]").forEach(function (button) { button.hidden = false; });
  };
  const chosen = function (source) {
    const range = document.createRange();
    range.selectNodeContents(source);
    const selection = window.getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
    // Plain http inside an office network has no clipboard of the newer kind.
    return document.execCommand("copy");
  };
  document.addEventListener("click", function (event) {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const source = document.getElementById(button.dataset.copy);
    const done = function () { button.textContent = button.dataset.done; };
    if (navigator.clipboard && window.isSecureContext) {
      navigator.clipboard.writeText(source.textContent.trim()).then(done, function () { if (chosen(source)) done(); });
    } else if (chosen(source)) {
      done();
    }
  });
  prepare(document);

  const offline = document.getElementById("review-offline");
  if (offline) {
    document.addEventListener("htmx:afterSwap", function () { prepare(document); });
    // Also an answer that nothing moved is a sign of life.
    document.addEventListener("htmx:afterRequest", function (event) {
      if (event.detail.successful) offline.hidden = true;
    });
    ["htmx:sendError", "htmx:timeout", "htmx:responseError"].forEach(function (name) {
      document.addEventListener(name, function () { offline.hidden = false; });
    });
  }

  // Single keys, which can be turned off and never act while somebody types.
  const STORE = "jinjian-review-keys";
  const toggle = document.querySelector("[data-keys]");
  let on = true;
  try { on = localStorage.getItem(STORE) !== "off"; } catch (error) { on = true; }
  if (toggle) {
    toggle.parentElement.hidden = false;
    toggle.checked = on;
    toggle.addEventListener("change", function () {
      on = toggle.checked;
      try { localStorage.setItem(STORE, on ? "on" : "off"); } catch (error) { /* this page only */ }
    });
  }
  document.addEventListener("keydown", function (event) {
    const typing = event.target.closest("textarea, select, input:not([type=checkbox])");
    if (!on || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "r") {
      const comment = document.getElementById("id_comment");
      if (comment) { event.preventDefault(); comment.focus(); }
      return;
    }
    if (["a", "j", "k"].indexOf(event.key) < 0) return;
    const target = document.querySelector("[data-key=" + event.key + "]");
    if (!target) return;
    event.preventDefault();
    // Accepting is for ever: the key goes to the button, Enter presses it.
    if (event.key === "a") target.focus();
    else target.click();
  });
})();
