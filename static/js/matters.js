/* Copies a text box at the press of a button; without scripts the text is there to be selected. */
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
})();
