/* The map: hex and row point at each other, arrows walk from hex to hex, and in the editor a hex
   can be dragged. Without scripts the links, the list and the buttons do the same. */
(function () {
  "use strict";
  let picked = "";

  function map() { return document.querySelector("[data-map], [data-editor]"); }
  function cells() { return Array.from(map() ? map().querySelectorAll("[data-hex]") : []); }
  function cell(code) { return map() && map().querySelector('[data-hex="' + window.CSS.escape(code) + '"]'); }
  function row(code) { return document.querySelector('.map-rows [data-row="' + window.CSS.escape(code) + '"]'); }

  // One hex takes part in the tab order: the picked one, else the first.
  function tidy() {
    const all = cells();
    const chosen = (picked && cell(picked)) || all[0];
    all.forEach(function (each) { each.setAttribute("tabindex", each === chosen ? "0" : "-1"); });
    document.querySelectorAll(".map-rows tr.is-picked").forEach(function (each) { each.classList.remove("is-picked"); });
    all.forEach(function (each) { each.classList.toggle("is-picked", each.dataset.hex === picked); });
    const line = picked && row(picked);
    if (line) line.classList.add("is-picked");
  }

  function pick(code, scroll) {
    picked = code;
    tidy();
    const line = row(code);
    const list = line && line.closest(".map-list");
    if (list && scroll) list.scrollTop = line.offsetTop - list.clientHeight / 3;
    const choice = document.getElementById("id_division");
    if (choice && document.querySelector("[data-editor]")) choice.value = code;
  }

  // The next hex in a direction: near, and more ahead than aside.
  function next(from, dx, dy) {
    const x = Number(from.dataset.x);
    const y = Number(from.dataset.y);
    let best = null;
    let least = Infinity;
    cells().forEach(function (each) {
      const ahead = (Number(each.dataset.x) - x) * dx + (Number(each.dataset.y) - y) * dy;
      const aside = Math.abs((Number(each.dataset.x) - x) * dy) + Math.abs((Number(each.dataset.y) - y) * dx);
      if (ahead > 1 && ahead + 2 * aside < least) { least = ahead + 2 * aside; best = each; }
    });
    return best;
  }

  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  document.addEventListener("keydown", function (event) {
    const from = event.target.closest ? event.target.closest("[data-hex]") : null;
    const way = ARROWS[event.key];
    if (!from || !way) return;
    event.preventDefault();
    const to = next(from, way[0], way[1]);
    if (!to) return;
    pick(to.dataset.hex, true);
    to.focus();
  });

  document.addEventListener("focusin", function (event) {
    const hex = event.target.closest ? event.target.closest("[data-hex]") : null;
    if (hex) return pick(hex.dataset.hex, true);
    const line = event.target.closest ? event.target.closest(".map-rows [data-row]") : null;
    if (line) pick(line.dataset.row, false);
  });

  document.addEventListener("mouseover", function (event) {
    const line = event.target.closest ? event.target.closest(".map-rows [data-row]") : null;
    if (line && line.dataset.row !== picked) return pick(line.dataset.row, false);
    const hex = event.target.closest ? event.target.closest("[data-map] [data-hex]") : null;
    if (hex && hex.dataset.hex !== picked) pick(hex.dataset.hex, true);
  });

  // A new picture keeps what was picked, and the focus if it stood on the map.
  let held = false;
  document.body.addEventListener("htmx:oobBeforeSwap", function (event) {
    if (event.detail.target.id === "panel-map_hexes") held = event.detail.target.contains(document.activeElement);
  });
  document.body.addEventListener("htmx:oobAfterSwap", function (event) {
    if (event.detail.target.id.indexOf("panel-map_") !== 0) return;
    tidy();
    const again = held && picked && cell(picked);
    if (again) again.focus({ preventScroll: true });
    held = false;
  });

  // --- the editor ---------------------------------------------------------------------------

  function editor(svg) {
    const across = Number(svg.dataset.across);
    const down = Number(svg.dataset.down);
    const form = document.querySelector("[data-move]");
    let dragged = null;
    let moved = false;

    function at(event) {
      const point = svg.createSVGPoint();
      point.x = event.clientX;
      point.y = event.clientY;
      return point.matrixTransform(svg.getScreenCTM().inverse());
    }

    function odd(n) { return Math.abs(n % 2); }

    function nearest(point) {
      const line = Math.round(point.y / down);
      let best = null;
      let least = Infinity;
      [line - 1, line, line + 1].forEach(function (r) {
        const q = Math.round(point.x / across - 0.5 * odd(r));
        const dx = across * (q + 0.5 * odd(r)) - point.x;
        const dy = down * r - point.y;
        if (dx * dx + dy * dy < least) { least = dx * dx + dy * dy; best = [q, r]; }
      });
      return best;
    }

    svg.addEventListener("pointerdown", function (event) {
      dragged = event.target.closest("[data-hex]");
      moved = false;
      if (!dragged) return;
      pick(dragged.dataset.hex, false);
      svg.setPointerCapture(event.pointerId);
    });
    svg.addEventListener("dragstart", function (event) { event.preventDefault(); });
    svg.addEventListener("pointermove", function (event) {
      if (!dragged) return;
      const point = at(event);
      const far = Math.abs(point.x - Number(dragged.dataset.x)) + Math.abs(point.y - Number(dragged.dataset.y));
      if (!moved && far < across / 2) return;
      moved = true;
      dragged.classList.add("is-dragged");
      dragged.setAttribute("transform", "translate(" + point.x.toFixed(1) + " " + point.y.toFixed(1) + ")");
    });
    svg.addEventListener("pointerup", function (event) {
      const hex = dragged;
      dragged = null;
      if (!hex || !moved) return;
      const place = nearest(at(event));
      form.querySelector("[name=division]").value = hex.dataset.hex;
      ["q", "r"].forEach(function (name, index) {
        const field = form.querySelector('[data-drop="' + name + '"]');
        field.disabled = false;
        field.value = String(place[index]);
      });
      form.submit();
    });
    // A click that ends no drag only picks; the page need not be loaded for it.
    svg.addEventListener("click", function (event) { event.preventDefault(); });
    const chosen = svg.querySelector(".is-picked");
    if (chosen) picked = chosen.dataset.hex;
  }

  const svg = document.querySelector("[data-editor]");
  if (svg) editor(svg);
  if (map()) tidy();
})();
