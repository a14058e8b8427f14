/* Marks by keyboard: Enter goes down a column, Shift and Enter up, and what was touched is tinted.
   Nothing is lost without it: the table is a plain form. */
(function () {
  "use strict";

  const form = document.querySelector("form[data-marks]");
  if (!form) return;
  const marks = Array.from(document.querySelectorAll("[data-mark]"));
  let dirty = false;

  function column(mark) {
    return marks.filter(function (each) { return each.dataset.mark === mark.dataset.mark; });
  }

  function go(mark, step) {
    const all = column(mark);
    const next = all[all.indexOf(mark) + step];
    if (next) {
      next.focus();
      next.select();
    }
    return Boolean(next);
  }

  marks.forEach(function (mark) {
    mark.addEventListener("keydown", function (event) {
      if (event.isComposing) return;
      if (event.key === "Enter") {
        event.preventDefault();
        // From the last row of the theory on to the first of the practical.
        if (!go(mark, event.shiftKey ? -1 : 1) && !event.shiftKey && mark.dataset.mark === "theory") {
          const first = marks.find(function (each) { return each.dataset.mark === "practical"; });
          first.focus();
          first.select();
        }
      } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        go(mark, event.key === "ArrowDown" ? 1 : -1);
      }
    });
    mark.addEventListener("input", function () {
      dirty = true;
      mark.classList.toggle("is-touched", mark.value !== mark.defaultValue);
    });
    mark.addEventListener("focus", function () { mark.select(); });
  });

  form.addEventListener("submit", function () { dirty = false; });
  window.addEventListener("beforeunload", function (event) {
    if (dirty) event.preventDefault();
  });
})();
