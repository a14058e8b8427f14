/* The list of alerts renews itself every ten seconds, and says politely what is new. It waits while
   somebody is writing, and never moves the focus. Needs htmx; the page works without either. */
(function () {
  "use strict";
  const EVERY = 10000;
  const LEFT = 120000;
  const news = document.querySelector("[data-alert-news]");
  let known = null;
  let touched = Date.now();

  function list() { return document.getElementById("alert-list"); }

  function groups(root) {
    return Array.from(root.querySelectorAll("[data-group]"));
  }

  function remember() {
    const root = list();
    known = new Set(root ? groups(root).map(function (node) { return node.dataset.group; }) : []);
  }

  // Somebody is writing: nothing may be swapped away under their hands. A form that was opened and
  // left without a word holds nothing up: behind it the list would grow old unseen.
  function busy(root) {
    const open = Array.from(root.querySelectorAll("details[open]"));
    const typed = open.some(function (node) {
      return Array.from(node.querySelectorAll("input:not([type])")).some(function (box) {
        return box.value.trim() !== "";
      });
    });
    if (typed) return true;
    if (Date.now() - touched > LEFT) return false;
    if (open.length) return true;
    const at = document.activeElement;
    return Boolean(at && root.contains(at) && /^(INPUT|SELECT|TEXTAREA)$/.test(at.tagName));
  }

  function ask() {
    const root = list();
    if (!root || root.dataset.liveList !== "yes" || document.hidden || busy(root)) return;
    if (window.htmx) window.htmx.trigger(root, "alerts:refresh");
  }

  ["pointerdown", "keydown", "input"].forEach(function (name) {
    document.addEventListener(name, function (event) {
      const root = list();
      if (root && root.contains(event.target)) touched = Date.now();
    });
  });

  // The answer may come after somebody began to write.
  document.body.addEventListener("htmx:beforeSwap", function (event) {
    const root = list();
    if (root && event.detail.target === root && busy(root)) event.detail.shouldSwap = false;
  });

  document.body.addEventListener("htmx:afterSettle", function () {
    const root = list();
    if (!root || !known) return;
    const fresh = groups(root).filter(function (node) { return !known.has(node.dataset.group); });
    fresh.forEach(function (node) { node.classList.add("is-new"); });
    if (fresh.length && news) {
      news.textContent = news.dataset.word + ": " +
        fresh.map(function (node) { return node.dataset.name; }).join("; ");
    }
    remember();
  });

  remember();
  setInterval(ask, EVERY);
})();
