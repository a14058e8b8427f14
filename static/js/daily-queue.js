/* The outbox of one report: changes go to the server in the order in which they were typed, and a
   submission behind the changes it was made after. What is sent again is the same thing again. */
(function () {
  "use strict";

  const J = window.Jinjian;
  const LARGEST = 200;
  const LONGEST_WAIT = 30000;

  /* `hooks`: changed() after anything moved; answered(outcome) per change; findings(answer);
     differs(cell) whether a cell of the server is another than the page's; moved(n, state);
     stopped(words, code); submitted(answer). */
  J.Queue = function (root, hooks) {
    const person = root.dataset.person;
    const report = root.dataset.report;
    const field = document.querySelector("[name=csrfmiddlewaretoken]");
    let token = field ? field.value : "";
    let running = null;
    let more = false;
    let wait = 1000;
    let timer = 0;
    const queue = this;

    queue.records = [];
    queue.edition = Number(root.dataset.edition);
    queue.moved = false;
    queue.away = false;
    queue.signedOut = false;

    queue.load = function () {
      return J.store.of(person, report).then(function (found) { queue.records = found; });
    };

    /* The page has seen this edition: so has whatever is to be submitted from what it showed. A
       page that was loaded anew shows more than was seen when an earlier one submitted. */
    queue.saw = function (edition) {
      queue.records.forEach(function (record) {
        if (record.kind !== "submit" || record.seen !== queue.edition) return;
        record.seen = edition;
        save(record);
      });
      queue.edition = edition;
    };

    queue.waiting = function () {
      return queue.records.filter(function (r) { return r.status === "waiting"; });
    };
    queue.kept = function () {
      return queue.records.filter(function (r) { return r.status !== "waiting"; });
    };
    /* The newest record of a cell, if any is left. */
    queue.of = function (cell) {
      return queue.records.filter(function (r) { return r.cell === cell; }).pop() || null;
    };

    const save = function (record) { return J.store.put(record); };
    const forget = function (record) {
      queue.records = queue.records.filter(function (r) { return r !== record; });
      return J.store.drop(record.id);
    };
    queue.drop = function (record) { return forget(record).then(hooks.changed); };

    const add = function (record) {
      const last = queue.records[queue.records.length - 1];
      record.id = J.uuid();
      record.seq = last ? last.seq + 1 : Date.now();
      record.person = person;
      record.report = report;
      record.status = "waiting";
      record.sent = false;
      record.at = new Date().toISOString();
      queue.records.push(record);
      return save(record);
    };

    /* Keep what stands in a box now. `same`: it is what the server has, so nothing is to be sent. */
    queue.type = function (cell, typed, same) {
      // Whoever types on after submitting without a network has not seen that through: once more.
      queue.records.filter(function (r) { return r.kind === "submit" && !r.sent; }).forEach(forget);
      const mine = queue.records.filter(function (r) { return r.cell === cell; });
      mine.filter(function (r) { return r.status !== "waiting"; }).forEach(forget);
      const open = mine.find(function (r) { return r.status === "waiting" && !r.sent; });
      const flying = mine.some(function (r) { return r.status === "waiting" && r.sent; });
      if (same && !flying) {
        if (open) forget(open);
        hooks.changed();
        return Promise.resolve();
      }
      const what = { text: typed.text, reason: typed.reason || "", comment: typed.comment || "" };
      let kept;
      if (open) {
        Object.assign(open, what);
        kept = save(open);
      } else {
        kept = add(Object.assign({ kind: "change", cell: cell, base: typed.base, place: typed.place }, what));
      }
      hooks.changed();
      return kept;
    };

    queue.submit = function (reason) {
      queue.records.filter(function (r) { return r.kind === "submit" && !r.sent; }).forEach(forget);
      return add({ kind: "submit", reason: reason, seen: queue.edition }).then(function () {
        hooks.changed();
        return queue.flush();
      });
    };

    queue.state = async function (edition) {
      const query = edition === undefined ? "" : "?edition=" + edition;
      const found = await J.read(await J.ask(root.dataset.urlState + query, { headers: { "X-Jinjian-Person": person } }));
      if (found.ok) token = found.ok.csrf;
      return found;
    };

    const post = async function (url, body, again) {
      const found = await J.read(await J.ask(url, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRFToken": token, "X-Jinjian-Person": person },
        body: JSON.stringify(body),
      }));
      // A page that was kept for long holds an old token: a fresh one comes with the state.
      if (found.refused && found.refused.status === 403 && !again) {
        const state = await queue.state(queue.edition);
        if (state.ok) return post(url, body, true);
        if (state.away || state.signedOut) return state;
      }
      return found;
    };
    queue.post = post;

    const note = function (found) {
      queue.away = Boolean(found.away);
      queue.signedOut = Boolean(found.signedOut);
      clearTimeout(timer);
      if (found.away) {
        timer = setTimeout(queue.flush, wait * (0.75 + Math.random() / 2));
        wait = Math.min(wait * 2, LONGEST_WAIT);
      } else {
        wait = 1000;
      }
      hooks.changed();
      return Boolean(found.away || found.signedOut);
    };

    /* One change of a cell at a time: what comes next is typed over what this one makes. */
    const next = function () {
      const batch = [];
      const cells = new Set();
      for (const record of queue.waiting()) {
        if (record.kind === "submit" || cells.has(record.cell) || batch.length === LARGEST) break;
        cells.add(record.cell);
        batch.push(record);
      }
      return batch;
    };

    const settle = function (record, outcome) {
      const later = queue.waiting().find(function (r) { return r.cell === record.cell && r !== record; });
      if (outcome.verdict === "saved" || outcome.verdict === "duplicate") {
        forget(record);
        if (later) { later.base = outcome.made; save(later); }
      } else if (later) {
        forget(record);  // typed again meanwhile: that one gets its own verdict
      } else {
        record.status = outcome.verdict;
        record.words = outcome.message;
        record.offered = outcome.offered === undefined ? null : outcome.offered;
        record.theirs = outcome.theirs || null;
        record.theirText = outcome.value;
        record.theirBase = outcome.revision;
        save(record);
      }
      hooks.answered(outcome);
    };

    const refuseAll = function (refused) {
      queue.waiting().forEach(function (record) {
        if (record.kind === "submit") { forget(record); return; }
        record.status = "refused";
        record.words = refused.words;
        save(record);
      });
      hooks.stopped(refused.words, refused.code);
      hooks.changed();
    };

    const sendChanges = async function (batch) {
      batch.forEach(function (record) { record.sent = true; });
      await Promise.all(batch.map(save));
      hooks.changed();
      const found = await post(root.dataset.urlCells, {
        changes: batch.map(function (r) {
          return { id: r.id, cell: r.cell, base: r.base, text: r.text, reason: r.reason, comment: r.comment };
        }),
      });
      if (note(found)) return false;
      if (found.refused) { refuseAll(found.refused); return false; }
      found.ok.outcomes.forEach(function (outcome) {
        const record = batch.find(function (r) { return r.id === outcome.id; });
        if (record) settle(record, outcome);
      });
      if (found.ok.edition_before === queue.edition) queue.saw(found.ok.edition);
      else if (found.ok.edition !== queue.edition) await queue.look();
      hooks.findings(found.ok);
      hooks.changed();
      return true;
    };

    /* The edition moved on without this page, or an answer was lost: does the sheet differ? */
    queue.look = async function () {
      const found = await queue.state();
      if (!found.ok) return;
      const differing = found.ok.cells.filter(hooks.differs);
      queue.moved = differing.length > 0;
      if (!queue.moved) queue.saw(found.ok.edition);
      hooks.findings(found.ok);
      hooks.moved(differing.length, found.ok);
    };

    const sendSubmission = async function (record) {
      const stop = function (words, code) { forget(record); hooks.stopped(words, code); hooks.changed(); };
      if (!record.sent && queue.kept().length) { stop(root.dataset.textUnsent, "unsent"); return false; }
      if (!record.sent && queue.moved) { stop(root.dataset.textMovedStop, "moved"); return false; }
      record.sent = true;
      await save(record);
      const found = await post(root.dataset.urlSubmit, { key: record.id, seen: record.seen, reason: record.reason });
      if (note(found)) return false;
      await forget(record);
      if (found.refused) {
        await queue.look();
        hooks.stopped(found.refused.words, found.refused.code);
        hooks.changed();
        return true;
      }
      hooks.submitted(found.ok);
      return true;
    };

    const work = async function () {
      do {
        more = false;
        let going = queue.waiting().length > 0;
        while (going) {
          const first = queue.waiting()[0];
          if (!first) break;
          going = first.kind === "submit" ? await sendSubmission(first) : await sendChanges(next());
        }
      } while (more && !queue.away && !queue.signedOut);
    };

    queue.flush = function () {
      if (running) { more = true; return running; }
      running = work().finally(function () { running = null; hooks.changed(); });
      return running;
    };
    queue.busy = function () { return Boolean(running); };

    window.addEventListener("online", function () { wait = 1000; queue.flush(); });
    document.addEventListener("visibilitychange", function () { if (!document.hidden) queue.flush(); });
  };
})();
