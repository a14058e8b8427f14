/* One report's page: brings the sheet, its outbox and the panel together, checks and submits. */
(function () {
  "use strict";

  const J = window.Jinjian;
  const root = document.getElementById("daily");
  if (!root) return;
  const words = root.dataset;
  const form = document.querySelector("[data-sheet]");
  const one = function (name) { return root.querySelector("[data-" + name + "]"); };
  const now = J.countdown(root, Array.from(root.querySelectorAll(".left")));
  let sheet = null;
  let panel = null;
  let problems = null;
  let findings = null;
  let fresh = null;
  let late = false;

  J.copyNotice(root);
  J.helper(root);
  root.querySelectorAll("[data-only-with-js]").forEach(function (node) { node.hidden = false; });
  root.querySelectorAll("[data-only-without-js]").forEach(function (node) { node.hidden = true; });

  const say = function (text, kind) {
    one("said-word").textContent = text;
    one("said").hidden = !text;
    one("said").className = "notice" + (kind ? " notice-" + kind : "");
    one("paste-undo").hidden = true;
  };

  const refused = function (text, code) {
    say(text, "crit");
    if (code === "report_submitted" && sheet) setTimeout(function () { window.location.reload(); }, 2500);
    if (code === "report_has_problems") problems.focus();
    if (code === "late_without_reason") late = true;  // by the server's clock, which counts
    back();
  };

  /* --- the outbox ------------------------------------------------------------------------------- */
  const knownId = words.person + ":" + words.report;
  const learned = { id: knownId, edition: 0, cells: {} };
  const queue = new J.Queue(root, {
    changed: function () { draw(); },
    answered: function (outcome) {
      if (!sheet) return;
      sheet.answered(outcome);
      if (outcome.cell && outcome.verdict !== "refused") learned.cells[outcome.cell] = outcome;
      panel.refresh(outcome.cell);
    },
    findings: function (answer) {
      if (findings) findings.list(answer.problems);
      learned.edition = queue.edition;
      if (sheet) J.store.keepKnown(learned);
    },
    differs: function (cell) { return Boolean(sheet) && !sheet.queue.of(cell.cell) && sheet.differs(cell); },
    moved: function (n, state) {
      if (!sheet) return;
      fresh = state;
      one("moved").hidden = !n;
      one("moved-word").textContent = J.fill(words.textMoved, { n: n });
      if (!n) apply(state, false);
    },
    stopped: refused,
    submitted: function (answer) {
      say(J.fill(words.textSent, { at: answer.at, receipt: answer.receipt }), "ok");
      J.store.dropKnown(knownId);
      history.scrollRestoration = "manual";  // the receipt stands on top
      window.location.reload();
    },
  });

  const waiting = new J.Waiting(root, queue);
  const draw = function () {
    waiting.draw();
    if (sheet) { sheet.paintAll(); panel.refresh(); }
  };

  const apply = function (state, glow) {
    state.cells.forEach(function (cell) { if (!sheet.queue.of(cell.cell)) sheet.take(cell, glow); });
    words.asOf = state.as_of;
    queue.edition = state.edition;
    queue.moved = false;
    findings.list(state.problems);
    sheet.sum();
    draw();
  };

  /* --- check and submit --------------------------------------------------------------------------- */
  const needsWhy = function () { return late || Boolean(words.again) || now() > Date.parse(words.due); };
  const back = function () {
    const sure = one("sure");
    if (!sure) return;
    sure.hidden = true;
    one("acts").hidden = false;
    sure.parentNode.classList.remove("daily-bar-sure");
  };
  const check = async function () {
    if (!one("sure")) return;
    if (document.activeElement && document.activeElement.classList.contains("box")) document.activeElement.blur();
    say("");
    await queue.flush();
    if (queue.kept().length) { say(words.textUnsent, "crit"); one("queue").scrollIntoView({ block: "center" }); return; }
    if (queue.moved) { one("moved-show").focus(); return; }
    const open = findings.open();
    if (open) { say(J.fill(words.textBlocked, { n: open }), "crit"); problems.focus(); return; }
    const said = root.querySelector("[data-total]") ? "[data-total]" : "[data-street] [data-cell]";
    const sums = Array.from(root.querySelectorAll(said), function (td) {
      const box = td.querySelector(".box");
      const text = box ? box.value : td.textContent;
      return text ? td.dataset.label + " " + text : "";
    }).filter(Boolean).slice(0, 7);
    one("sure-word").textContent = J.fill(words.textSure, { what: sums.join(" · ") || words.name });
    one("sure-word").hidden = false;
    one("why-label").textContent = words.again ? words.textCorrection : words.textLate;
    one("why-field").hidden = !needsWhy();
    one("why-error").hidden = true;
    one("acts").hidden = true;
    one("sure").hidden = false;
    one("sure").parentNode.classList.add("daily-bar-sure");
    (needsWhy() && !document.getElementById("id_why").value ? document.getElementById("id_why") : one("submit")).focus();
  };
  const submit = function () {
    const field = document.getElementById("id_why");
    if (needsWhy() && !field.value.trim()) {
      one("why-field").hidden = false;
      one("why-error").textContent = words.textWhy;
      one("why-error").hidden = false;
      field.focus();
      return;
    }
    queue.submit(field.value.trim()).then(function () { if (queue.waiting().length) back(); });
  };

  /* --- cards on a phone --------------------------------------------------------------------------- */
  const cards = Array.from(root.querySelectorAll("[data-card]"));
  let card = 0;
  const turn = function (to) {
    if (!cards.length) return;
    card = Math.max(0, Math.min(cards.length - 1, to));
    cards.forEach(function (node, i) { node.classList.toggle("card-current", i === card); });
    if (one("card-word")) one("card-word").textContent = J.fill(words.textCard, { n: card + 1, all: cards.length });
    if (one("card-bar")) one("card-bar").classList.toggle("bar-cards-one", cards.length < 2);
  };
  turn(0);
  const go = function (cell) {
    const box = sheet.box(cell);
    if (!box) return;
    const details = box.closest("details");
    if (details) details.open = true;
    turn(cards.indexOf(box.closest("[data-card]")));
    box.scrollIntoView({ block: "center", inline: "nearest" });
    box.focus();
  };

  /* --- an open sheet -------------------------------------------------------------------------------- */
  const begin = function () {
    root.classList.add("daily-turning");
    sheet = new J.Sheet(root, form);
    sheet.queue = queue;
    panel = new J.Panel(root, sheet);
    findings = new J.Findings(root, sheet);
    waiting.sheet = sheet;
    problems = one("problems");
    back();

    form.addEventListener("focusin", function (event) {
      const cell = sheet.cellOf(event.target);
      if (cell) panel.show(cell);
    });
    form.addEventListener("click", function (event) {
      const beside = event.target.closest(".beside");
      if (beside) { panel.show(sheet.cellOf(beside), true); panel.open(); }
    });
    sheet.after = function () {
      const next = cards[card + 1];
      if (next) { turn(card + 1); const box = next.querySelector(".box"); if (box) box.focus(); }
      else if (one("check")) one("check").focus();
    };
    let pasted = [];
    sheet.pasted = function (done) {
      const said = [J.fill(words.textPasted, { n: done.n })];
      if (done.blank) said.push(J.fill(words.textBlank, { n: done.blank }));
      if (done.outside.length) said.push(J.fill(words.textOutside, { what: done.outside.join(", ") }));
      say(said.join(" "), done.outside.length ? "warn" : "ok");
      pasted = done.before;
      one("paste-undo").hidden = !pasted.length;
    };
    one("paste-undo").addEventListener("click", function () {
      pasted.forEach(function (was) { sheet.box(was[0]).value = was[1]; sheet.type(was[0], was[1]); });
      say("");
      queue.flush();
    });
    problems.addEventListener("click", function (event) {
      const link = event.target.closest("[data-go]");
      if (link) { event.preventDefault(); go(Number(link.dataset.go)); }
    });
    problems.addEventListener("change", function (event) {
      const item = event.target.closest("[data-problem]");
      const select = item && item.querySelector("select");
      if (!select) return;
      const comment = item.querySelector("input");
      if (select.value === "other" && !comment.value.trim()) { comment.focus(); return; }
      const cell = Number(select.dataset.why);
      sheet.type(cell, sheet.box(cell).value, { reason: select.value, comment: comment.value.trim() });
      queue.flush();
    });
    document.addEventListener("keydown", function (event) {
      if (!event.ctrlKey && !event.metaKey) return;
      if (event.key === "Enter") { event.preventDefault(); if (!one("sure") || one("sure").hidden) check(); else submit(); }
      if (event.key === ".") {
        const cell = sheet.cellOf(document.activeElement);
        if (cell) { event.preventDefault(); panel.show(cell, true); panel.open(); }
      }
    });
    // On a wide screen the panel has its place from the start, so that nothing moves later.
    const opening = root.querySelector(".box");
    if (opening) panel.show(sheet.cellOf(opening));
    if (one("check")) {
      one("check").addEventListener("click", check);
      one("sure-back").addEventListener("click", function () { back(); one("check").focus(); });
    }
    form.addEventListener("submit", function (event) {
      const act = event.submitter ? event.submitter.value : "save";
      event.preventDefault();
      if (act === "submit") { submit(); return; }
      // Buttons of a line: what was typed goes first, then the page does what the button says.
      queue.flush().then(function () {
        if (act === "save" || queue.waiting().length || queue.kept().length) return;
        const field = document.createElement("input");
        field.type = "hidden";
        field.name = "act";
        field.value = act;
        form.append(field);
        form.elements.shown.value = "[]";
        form.submit();
      });
    });
    one("card-back").addEventListener("click", function () { turn(card - 1); });
    one("card-next").addEventListener("click", function () { turn(card + 1); });
    one("panel-open").addEventListener("click", panel.open);
    one("moved-show").addEventListener("click", function () {
      queue.state().then(function (found) {
        if (!found.ok) return;
        apply(found.ok, true);
        one("moved").hidden = true;
        say(words.textShown, "warn");
      });
    });
    one("newer-take").addEventListener("click", take);
  };

  /* The system's newest figures: taken at once when a page opens, afterwards only when asked. */
  const take = async function () {
    one("newer").hidden = true;
    await queue.flush();
    const found = await queue.post(words.urlNewest, {});
    if (!found.ok) return;
    apply(found.ok, true);
    J.store.keepKnown(Object.assign(learned, { edition: found.ok.edition, cells: byCell(found.ok.cells) }));
  };
  const byCell = function (cells) {
    const map = {};
    cells.forEach(function (cell) { map[cell.cell] = cell; });
    return map;
  };
  // At most once a minute: a server that is slow to answer is not asked ever more often.
  const renew = function () {
    const last = Number(window.sessionStorage.getItem("jinjian-renewed")) || 0;
    if (Date.now() - last < 60000) return;
    window.sessionStorage.setItem("jinjian-renewed", String(Date.now()));
    window.location.reload();
  };
  const look = async function () {
    if (document.hidden || queue.busy() || !navigator.onLine) return;
    const found = await queue.state(queue.edition);
    if (!found.ok || queue.busy()) return;
    const state = found.ok;
    now.sync(state.now);
    if (words.copy && !queue.records.length) { renew(); return; }
    if (!state.open) { if (!queue.records.length) window.location.reload(); return; }
    one("newer").hidden = !state.newer;
    if (state.newer) one("newer-word").textContent = J.fill(words.textNewer, { time: state.newer.at, n: state.newer.cells });
    if (state.cells) await queue.look();
  };

  /* A kept copy is older than what this page last heard: that stands in the boxes again. */
  const remember = async function () {
    if (!words.copy) { await J.store.dropKnown(knownId); return; }
    const last = await J.store.known(knownId);
    if (!last || last.edition < queue.edition) return;
    Object.keys(last.cells).forEach(function (id) { sheet.take(last.cells[id], false); learned.cells[id] = last.cells[id]; });
    queue.edition = last.edition;
  };

  // The network is back: a kept copy gives way to the page itself, once all is sent.
  if (words.copy) window.addEventListener("online", function () { setTimeout(function () { queue.flush().then(look); }, 300); });

  const start = async function () {
    await queue.load();
    if (words.open && form) {
      begin();
      await remember();
      sheet.restore();
      draw();
      root.dataset.ready = "yes";
      await queue.flush();
      if (words.stale && !words.copy && navigator.onLine) await take();
      if (words.copy && navigator.onLine) await look();
      setInterval(look, 60000);
      document.addEventListener("jinjian:look", look);
    } else {
      draw();
      root.dataset.ready = "yes";
      await queue.flush();
    }
  };
  start();
})();
