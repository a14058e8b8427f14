/* Small conveniences of the list of points and of the poster. Everything works without them. */
(function () {
  "use strict";

  // Only the fields that the chosen change needs are shown.
  const NEEDED = { open: [], pause: ["reason"], close: ["reason"], hours: ["opens", "closes"], kind: ["kind"], backup: ["backup"] };
  document.querySelectorAll("form[data-bulk]").forEach(function (form) {
    const act = form.elements.namedItem("act");
    const ticks = Array.from(form.querySelectorAll("input[name=point]"));
    const all = form.querySelector("[data-tick-all]");
    const said = form.querySelector("[data-ticked]");
    const show = function () {
      form.querySelectorAll("[data-for]").forEach(function (box) {
        const name = box.dataset.for;
        box.hidden = name !== "act" && (NEEDED[act.value] || []).indexOf(name) < 0;
      });
    };
    const count = function () {
      const ticked = ticks.filter(function (tick) { return tick.checked; }).length;
      said.textContent = ticked + " / " + ticks.length;
    };
    act.addEventListener("change", show);
    form.addEventListener("change", count);
    all.hidden = false;
    all.addEventListener("click", function () {
      const on = ticks.some(function (tick) { return !tick.checked; });
      ticks.forEach(function (tick) { tick.checked = on; });
      count();
    });
    show();
    count();
  });

  document.querySelectorAll("[data-print]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () { window.print(); });
  });
})();
