/* Ticking many buildings; the person is only asked for where somebody is to answer. */
(function () {
  "use strict";

  const form = document.querySelector("form[data-patches]");
  if (!form) return;
  const ticks = Array.from(document.querySelectorAll("input[name=building]"));
  const all = document.querySelector("[data-tick-all]");
  const said = document.querySelector("[data-ticked]");
  const act = document.getElementById("id_act");
  const owner = document.querySelector("[data-owner]");

  function show() {
    said.textContent = ticks.filter(function (tick) { return tick.checked; }).length + " / " + ticks.length;
    owner.hidden = act.value === "end";
  }

  all.hidden = false;
  all.addEventListener("click", function () {
    const on = ticks.some(function (tick) { return !tick.checked; });
    ticks.forEach(function (tick) { tick.checked = on; });
    show();
  });
  ticks.forEach(function (tick) { tick.addEventListener("change", show); });
  act.addEventListener("change", show);
  show();
})();
