/* Copies a text at the press of a button; without scripts it is there to be selected. On the log's
   page: the line to write in, and whether the key L leads there (app.js). */
(function () {
  "use strict";

  document.querySelectorAll("[data-copy]").forEach(function (button) {
    const box = document.getElementById(button.dataset.copy);
    const word = button.textContent;
    button.hidden = false;
    const say = function () {
      button.textContent = button.dataset.done;
      setTimeout(function () { button.textContent = word; }, 2000);
    };
    const select = function () {
      box.focus();
      box.select();
      if (document.execCommand("copy")) say();
    };
    button.addEventListener("click", function () {
      // The clipboard needs HTTPS, which a house's own network may not have.
      if (!navigator.clipboard) { select(); return; }
      navigator.clipboard.writeText(box.value).then(say, select);
    });
  });

  const line = document.querySelector("[data-log-line]");
  if (line && location.hash === "#add") line.focus();

  const choice = document.querySelector("[data-key-choice]");
  if (choice) {
    const box = choice.querySelector("input");
    choice.hidden = false;
    box.checked = localStorage.getItem("jinjian-keys") !== "off";
    box.addEventListener("change", function () {
      localStorage.setItem("jinjian-keys", box.checked ? "on" : "off");
    });
  }
})();
