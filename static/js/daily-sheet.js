/* The sheet itself: boxes, marks, sums, moving about by keyboard, a block from a spreadsheet. */
(function () {
  "use strict";

  const J = window.Jinjian;
  const NARROW = window.matchMedia("(max-width: 700px)");

  const folded = function (text) {
    return text.replace(/[\uff01-\uff5e]/g, function (c) { return String.fromCharCode(c.charCodeAt(0) - 0xfee0); })
      .replace(/\u3000/g, " ").trim();
  };
  const plain = function (text) {
    const found = folded(text);
    return /^[0-9]{1,3}(,[0-9]{3})+$/.test(found) ? found.replace(/,/g, "") : found;
  };
  const grouped = function (text) {
    const found = plain(text);
    return /^-?[0-9]{1,9}$/.test(found) ? Number(found).toLocaleString("en-US") : text;
  };
  J.plain = plain;
  J.grouped = grouped;

  J.Sheet = function (root, form) {
    const sheet = this;
    const words = root.dataset;
    const known = new Map();
    const tds = new Map();
    const held = new Map();
    sheet.queue = null;
    sheet.known = known;

    JSON.parse(form.elements.shown.value).forEach(function (row) {
      const text = row[2] === null ? "" : typeof row[2] === "string" ? row[2] : row[2].toLocaleString("en-US");
      known.set(row[0], { base: row[1], text: text, system: row[3], reason: row[4] || "", comment: row[5] || "", fresh: false });
    });
    root.querySelectorAll("[data-cell]").forEach(function (td) {
      const id = Number(td.dataset.cell);
      if (!known.has(id)) return;
      tds.set(id, td);
      const state = known.get(id);
      state.mark = td.dataset.mark;
      state.note = td.querySelector(".beside").textContent.trim();
      state.problem = "";
    });

    sheet.box = function (id) { const td = tds.get(id); return td ? td.querySelector(".box") : null; };
    sheet.cellOf = function (node) {
      const td = node && node.closest ? node.closest("[data-cell]") : null;
      return td ? Number(td.dataset.cell) : 0;
    };
    sheet.place = function (id) {
      const td = tds.get(id);
      if (!td) return "";
      const line = td.closest("[data-line]");
      const where = line ? line.querySelector("th").textContent.trim() : words.textStreet;
      return where + " · " + td.dataset.label;
    };

    /* --- marks ---------------------------------------------------------------------------- */
    const stateOf = function (id) {
      const record = sheet.queue.of(id);
      if (record && record.status !== "waiting") return ["refused", words.textRefused];
      if (record) return record.sent && sheet.queue.busy() ? ["saving", words.textSaving] : ["waiting", words.textWaiting];
      const state = known.get(id);
      return [state.mark || (state.fresh ? "saved" : ""), state.note || (state.fresh ? words.textSaved : "")];
    };
    sheet.paint = function (id) {
      const td = tds.get(id);
      if (!td) return;
      const mark = stateOf(id);
      td.dataset.mark = mark[0];
      const beside = td.querySelector(".beside");
      if (beside.textContent !== mark[1]) beside.textContent = mark[1];
      const box = td.querySelector(".box");
      if (box) box.setAttribute("aria-invalid", mark[0] === "check" || mark[0] === "refused" ? "true" : "false");
    };
    sheet.paintAll = function () {
      tds.forEach(function (td, id) { sheet.paint(id); });
      root.querySelectorAll("[data-line]").forEach(paintLine);
    };
    const paintLine = function (line) {
      const node = line.querySelector("[data-line-state]");
      const count = function (marks) {
        return Array.from(line.querySelectorAll("[data-mark]")).filter(function (td) { return marks.includes(td.dataset.mark); }).length;
      };
      const waiting = count(["waiting", "saving"]), wrong = count(["check", "refused"]), over = count(["over"]);
      const say = function (kind, text) { node.dataset.kind = kind; if (node.textContent !== text) node.textContent = text; };
      if (waiting) say("waiting", J.fill(words.textLineWaiting, { n: waiting }));
      else if (wrong) say("crit", J.fill(words.textLineCheck, { n: wrong }));
      else if (node.dataset.confirmed) say("done", node.dataset.confirmed);
      else if (over) say("info", J.fill(words.textLineOver, { n: over }));
      else say("ok", words.textLineKnown);
    };
    sheet.sum = function () {
      root.querySelectorAll("[data-total]").forEach(function (total) {
        let sum = null;
        root.querySelectorAll('[data-lines] [data-column="' + total.dataset.total + '"] .box').forEach(function (box) {
          const text = plain(box.value);
          if (/^-?[0-9]+$/.test(text)) sum = (sum || 0) + Number(text);
        });
        const text = sum === null ? "" : sum.toLocaleString("en-US");
        if (total.textContent !== text) total.textContent = text;
      });
    };

    /* --- what the server says -------------------------------------------------------------- */
    sheet.differs = function (cell) {
      const state = known.get(cell.cell);
      return Boolean(state) && (state.base !== cell.revision || state.text !== cell.value);
    };
    /* Take over a cell of the server; `glow` shows that somebody else moved it. */
    sheet.take = function (cell, glow) {
      const state = known.get(cell.cell);
      if (!state) return;
      const box = sheet.box(cell.cell);
      const moved = state.text !== cell.value;
      const record = sheet.queue.of(cell.cell);
      if (glow && moved && box === document.activeElement && !record) { held.set(cell.cell, cell); return; }
      Object.assign(state, { base: cell.revision, text: cell.value, system: cell.system, reason: cell.reason,
        comment: cell.comment, mark: cell.mark, note: cell.note, problem: cell.problem });
      if (box && !record && plain(box.value) !== plain(cell.value)) box.value = cell.value;
      if (glow && moved) tds.get(cell.cell).classList.add("cell-moved");
      sheet.paint(cell.cell);
    };
    sheet.answered = function (outcome) {
      if (outcome.cell === undefined) return;
      const ours = outcome.verdict === "saved";
      if (outcome.verdict === "refused") { sheet.paint(outcome.cell); return; }
      if (known.has(outcome.cell)) known.get(outcome.cell).fresh = ours || known.get(outcome.cell).fresh;
      sheet.take(outcome, false);
    };

    /* --- typing ------------------------------------------------------------------------------ */
    sheet.type = function (id, text, why) {
      const state = known.get(id);
      const box = sheet.box(id);
      const record = sheet.queue.of(id);
      const before = record && record.kind === "change" ? record : state;
      const same = plain(text) === plain(state.text);
      const keep = plain(text) === plain(before.text);  // the reason of another number does not stay
      const reason = why ? why.reason : keep ? before.reason : "";
      const comment = why ? why.comment : keep ? before.comment : "";
      if (box && plain(box.value) !== plain(text)) box.value = text;
      tds.get(id).classList.remove("cell-moved");
      const base = record && record.status === "conflict" ? record.theirBase : state.base;
      const done = sheet.queue.type(id, { text: text, reason: reason, comment: comment, base: base, place: sheet.place(id) },
        same && reason === state.reason && comment === state.comment);
      sheet.sum();
      return done;
    };

    /* What an earlier page of this person left unsent stands in the boxes again. */
    sheet.restore = function () {
      sheet.queue.records.forEach(function (record) {
        const box = sheet.box(record.cell);
        if (box) box.value = grouped(record.text);
      });
      sheet.sum();
    };

    form.addEventListener("input", function (event) {
      const id = sheet.cellOf(event.target);
      if (id && event.target.classList.contains("box")) sheet.type(id, event.target.value);
    });
    form.addEventListener("focusin", function (event) {
      const box = event.target;
      if (!box.classList.contains("box")) return;
      if (box.tagName === "INPUT") {
        const text = plain(box.value);
        if (text !== box.value && box.inputMode === "numeric") box.value = text;
        box.select();
      }
    });
    form.addEventListener("focusout", function (event) {
      const box = event.target;
      if (!box.classList.contains("box")) return;
      if (box.inputMode === "numeric") box.value = grouped(box.value);
      const id = sheet.cellOf(box);
      if (held.has(id)) { const cell = held.get(id); held.delete(id); setTimeout(function () { sheet.take(cell, true); }); }
      if (sheet.queue.waiting().length) sheet.queue.flush();
    });

    /* --- moving about ------------------------------------------------------------------------ */
    const boxes = function () {
      return Array.from(root.querySelectorAll(".box")).filter(function (box) { return box.offsetParent !== null; });
    };
    const step = function (box, by) {
      const line = box.closest("[data-line]");
      if (!line || NARROW.matches) {
        const all = boxes();
        return all[all.indexOf(box) + by] || null;
      }
      const lines = Array.from(root.querySelectorAll("[data-line]"));
      const to = lines[lines.indexOf(line) + by];
      return to ? to.querySelector('[data-column="' + box.closest("[data-cell]").dataset.column + '"] .box') : null;
    };
    sheet.after = function () {};
    form.addEventListener("keydown", function (event) {
      const box = event.target;
      if (!box.classList || !box.classList.contains("box") || event.isComposing) return;
      const down = event.key === "ArrowDown" || event.key === "Enter";
      if ((down || event.key === "ArrowUp") && box.tagName === "INPUT" && !event.ctrlKey && !event.metaKey && !event.altKey) {
        event.preventDefault();
        const to = step(box, down && !event.shiftKey ? 1 : -1);
        if (to) to.focus(); else if (event.key === "Enter") sheet.after(box);
      } else if (event.key === "Escape") {
        const id = sheet.cellOf(box);
        box.value = plain(known.get(id).text);
        sheet.type(id, box.value, known.get(id));
        box.select();
      }
    });

    /* --- a block from a spreadsheet ------------------------------------------------------------ */
    sheet.pasted = function () {};
    form.addEventListener("paste", function (event) {
      const box = event.target;
      const text = event.clipboardData ? event.clipboardData.getData("text/plain") : "";
      if (!box.classList.contains("box") || box.tagName !== "INPUT" || !/[\t\n\r]/.test(text.replace(/[\r\n]+$/, ""))) return;
      event.preventDefault();
      const rows = text.replace(/\r\n?/g, "\n").replace(/\n+$/, "").split("\n").map(function (row) { return row.split("\t"); });
      const done = { n: 0, blank: 0, outside: [], before: [] };
      const line = box.closest("[data-line]");
      const lines = line ? Array.from(root.querySelectorAll("[data-line]")) : [];
      const first = lines.indexOf(line);
      const place = line ? Array.from(line.querySelectorAll("[data-cell]")).indexOf(box.closest("[data-cell]")) : 0;
      const street = line ? [] : boxes().filter(function (other) { return other.closest("[data-street]"); });
      rows.forEach(function (row, down) {
        row.forEach(function (value, right) {
          let target = null;
          if (line) {
            const into = lines[first + down];
            const td = into ? into.querySelectorAll("[data-cell]")[place + right] : null;
            target = td ? td.querySelector(".box") : null;
          } else if (right === 0) {
            target = street[street.indexOf(box) + down] || null;
          }
          if (!value.trim()) { done.blank += 1; return; }
          if (!target) { done.outside.push(value.trim()); return; }
          const id = sheet.cellOf(target);
          done.before.push([id, target.value]);
          target.value = target === document.activeElement ? value.trim() : grouped(value);
          sheet.type(id, value.trim());
          done.n += 1;
        });
      });
      sheet.queue.flush();
      sheet.pasted(done);
    });
  };
})();
