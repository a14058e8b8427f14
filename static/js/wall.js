/* The wall: scenes in turn, keys to hold or change them, and a fresh start every six hours or
   after a deploy. It reloads only when the server has just answered, so that no browser error
   page ever stands on a wall. */
(function () {
  "use strict";
  const body = document.body;
  const scenes = (body.dataset.scenes || "").split(",").filter(Boolean);
  const rotate = Number(body.dataset.rotate) || 0;
  const ring = document.querySelector("[data-ring]");
  const bornAt = Date.now();
  const LIVES = (6 * 3600 + Math.random() * 600) * 1000;
  let held = false;
  let turned = Date.now();

  function show(step) {
    const at = scenes.indexOf(body.dataset.scene);
    body.dataset.scene = scenes[(at + step + scenes.length) % scenes.length];
    turned = Date.now();
  }

  setInterval(function () {
    if (rotate && scenes.length > 1) {
      const share = held ? 0 : (Date.now() - turned) / (rotate * 1000);
      if (ring) ring.setAttribute("stroke-dasharray", (Math.min(share, 1) * 62.8).toFixed(1) + " 62.8");
      if (share >= 1) show(1);
    }
    if (Date.now() - bornAt > LIVES && body.dataset.pulse === "live") location.reload();
  }, 500);

  document.addEventListener("keydown", function (event) {
    if (event.key === "ArrowRight") show(1);
    else if (event.key === "ArrowLeft") show(-1);
    else if (event.key === " ") { held = !held; turned = Date.now(); event.preventDefault(); }
  });

  document.addEventListener("jinjian:new-build", function (event) {
    event.preventDefault();
    location.reload();
  });
})();
