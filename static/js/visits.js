/* Small conveniences of the lists of visits: tick all, say how many, print. All works without. */
(function () {
  "use strict";

  document.querySelectorAll("form[data-ticks]").forEach(function (form) {
    const ticks = Array.from(form.querySelectorAll("input[name=visit]"));
    const all = form.querySelector("[data-tick-all]");
    const said = form.querySelector("[data-ticked]");
    if (!all || !said) {
      return;
    }
    const count = function () {
      const ticked = ticks.filter(function (tick) { return tick.checked; }).length;
      said.textContent = ticked + " / " + ticks.length;
    };
    all.hidden = false;
    all.addEventListener("click", function () {
      const on = ticks.some(function (tick) { return !tick.checked; });
      ticks.forEach(function (tick) { tick.checked = on; });
      count();
    });
    form.addEventListener("change", count);
    count();
  });

  document.querySelectorAll("[data-print]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () { window.print(); });
  });
})();
