/* Copy a text; where the clipboard is closed (plain HTTP), the text is selected for the keyboard. */
(function () {
  "use strict";
  document.querySelectorAll("[data-copy-text]").forEach(function (button) {
    const text = document.getElementById(button.dataset.copyText);
    const word = button.parentNode.querySelector("[data-copied-word]");
    button.hidden = false;
    button.addEventListener("click", function () {
      text.select();
      const done = function () { word.textContent = button.dataset.copied; };
      if (navigator.clipboard) navigator.clipboard.writeText(text.value).then(done, function () {});
      else if (document.execCommand("copy")) done();
    });
  });
})();
