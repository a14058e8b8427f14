/* The panel beside the sheet: what the focused cell says, against the system and against before. */
(function () {
  "use strict";

  const J = window.Jinjian;
  const WIDE = window.matchMedia("(min-width: 1200px)");

  J.Panel = function (root, sheet) {
    const panel = root.querySelector("[data-panel-cell]");
    const words = root.dataset;
    const at = function (name) { return panel.querySelector("[data-panel-" + name + "]"); };
    const self = this;
    let cell = 0;
    let asked = 0;
    let timer = 0;

    const signed = function (n) { return (n > 0 ? "+" : "") + n.toLocaleString("en-US").replace("-", "−"); };

    const fill = function () {
      const state = sheet.known.get(cell);
      const box = sheet.box(cell);
      if (!state || !box) return;
      const record = sheet.queue.of(cell);
      const text = J.plain(box.value);
      const number = /^-?[0-9]+$/.test(text) ? Number(text) : null;
      at("place").textContent = sheet.place(cell);
      at("value").textContent = number === null ? box.value || "—" : number.toLocaleString("en-US");
      at("system").textContent = state.system === null ? words.textNoFigure : state.system.toLocaleString("en-US");
      at("as-of").textContent = state.system === null ? "" : words.asOf;
      let gap = "—";
      if (state.system !== null && number !== null) {
        const off = number - state.system;
        gap = signed(off) + (state.system && off ? "  " + (off / state.system * 100).toFixed(2).replace("-", "−") + "%" : "");
      }
      at("difference").textContent = gap;
      const why = record && record.kind === "change" ? record : state;
      if (document.activeElement !== at("reason")) at("reason").value = why.reason;
      if (document.activeElement !== at("comment")) at("comment").value = why.comment;
      const wrong = record && record.words ? record.words : state.problem;
      at("problem").textContent = wrong || "";
      at("problem").hidden = !wrong;
    };

    const past = function () {
      const wanted = cell;
      if (asked === wanted) return;
      asked = wanted;
      fetch(words.urlCells + wanted + "/", { credentials: "same-origin", redirect: "manual" })
        .then(function (answer) { return answer.ok ? answer.text() : Promise.reject(answer); })
        .then(function (html) { if (cell === wanted) at("past").innerHTML = html; })
        .catch(function () { asked = 0; if (cell === wanted) at("past").textContent = words.textNoPast; });
    };

    self.show = function (id, open) {
      if (!sheet.known.has(id)) return;
      if (id !== cell) at("past").textContent = "";
      cell = id;
      if (open || WIDE.matches) panel.hidden = false;
      fill();
      clearTimeout(timer);
      if (!panel.hidden) timer = setTimeout(past, 350);
    };
    self.refresh = function (id) { if (!id || id === cell) { fill(); if (id) asked = 0; } };
    self.open = function () {
      if (!cell) return;
      panel.hidden = false;
      panel.classList.add("panel-open");
      past();
      at("reason").focus();
    };
    self.close = function () {
      panel.classList.remove("panel-open");
      if (!WIDE.matches) panel.hidden = true;
      const box = sheet.box(cell);
      if (box) box.focus();
    };

    const say = function () {
      const box = sheet.box(cell);
      if (!box) return;
      sheet.type(cell, box.value, { reason: at("reason").value, comment: at("comment").value.trim() });
    };
    // "Other" waits for its words.
    const ready = function () { return at("reason").value !== "other" || at("comment").value.trim(); };
    at("reason").addEventListener("change", function () {
      if (!ready()) { at("comment").focus(); return; }
      say();
      sheet.queue.flush();
    });
    at("comment").addEventListener("change", function () {
      if (!ready()) return;
      say();
      sheet.queue.flush();
    });
    at("close").addEventListener("click", self.close);
    panel.addEventListener("keydown", function (event) {
      if (event.key === "Escape") { event.preventDefault(); self.close(); }
    });
  };
})();
