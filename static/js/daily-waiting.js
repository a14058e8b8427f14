/* What waits on this device and what was not taken: told in words, listed, exported as a file. */
(function () {
  "use strict";

  const J = window.Jinjian;

  J.Waiting = function (root, queue) {
    const self = this;
    const words = root.dataset;
    const one = function (name) { return root.querySelector("[data-" + name + "]"); };
    self.sheet = null;

    const button = function (text, act) {
      const node = document.createElement("button");
      node.type = "button";
      node.className = "btn btn-quiet btn-small";
      node.textContent = text;
      node.addEventListener("click", act);
      return node;
    };
    const keptItem = function (record) {
      const item = document.createElement("li");
      const text = document.createElement("span");
      item.append(text);
      if (record.status === "conflict" && self.sheet) {
        const theirs = record.theirs || { by: "", at: "" };
        text.textContent = record.place + ": " + J.fill(words.textTheirs,
          { who: theirs.by, at: theirs.at, theirs: record.theirText || "—", mine: record.text || "—" });
        item.append(button(words.textKeep, function () {
          const box = self.sheet.box(record.cell);
          queue.drop(record).then(function () { if (box) box.value = record.theirText; self.sheet.sum(); self.draw(); });
        }), button(words.textUse, function () {
          self.sheet.type(record.cell, record.text, { reason: record.reason, comment: record.comment });
          queue.flush();
        }));
      } else {
        text.textContent = record.place + ": “" + record.text + "” · " + record.words;
        if (self.sheet) {
          const offered = record.offered ? String(record.offered) : "";
          const label = offered ? J.fill(words.textRead, { n: J.grouped(offered) }) : words.textAgain;
          item.append(button(label, function () {
            self.sheet.type(record.cell, offered || record.text, { reason: record.reason, comment: record.comment });
            queue.flush();
          }));
        }
        item.append(button(words.textDrop, function () {
          const box = self.sheet && self.sheet.box(record.cell);
          queue.drop(record).then(function () {
            if (box) { box.value = self.sheet.known.get(record.cell).text; self.sheet.sum(); }
            self.draw();
          });
        }));
      }
      return item;
    };
    self.draw = function () {
      const waiting = queue.waiting();
      const changes = waiting.filter(function (r) { return r.kind === "change"; });
      const kept = queue.kept();
      const stuck = waiting.length && (queue.away || queue.signedOut || !navigator.onLine);
      one("queue").hidden = !stuck && !kept.length;
      one("queue").classList.toggle("notice-crit", kept.length > 0);
      one("queue").classList.toggle("notice-stale", !kept.length);
      one("queue-sign-in").hidden = !queue.signedOut;
      one("queue-send").hidden = !stuck || queue.signedOut;
      let text = kept.length ? J.fill(words.textKept, { n: kept.length }) : "";
      if (stuck) {
        text = queue.signedOut ? words.textSignedOut
          : J.fill(changes.length < waiting.length ? words.textQueueSubmit : words.textQueue, { n: changes.length });
      }
      if (one("queue-word").textContent !== text) one("queue-word").textContent = text;
      one("queue-kept").hidden = !kept.length;
      // Drawn anew only when something changed, so that nobody's button is taken from under them.
      const drawn = kept.map(function (r) { return r.id + r.status + r.theirText; }).join(" ");
      if (one("queue-kept").dataset.drawn !== drawn) {
        one("queue-kept").replaceChildren.apply(one("queue-kept"), kept.map(keptItem));
        one("queue-kept").dataset.drawn = drawn;
      }
      if (one("bar-state")) one("bar-state").textContent = stuck || kept.length ? text : waiting.length ? "" : words.textAllSaved;
    };

    one("queue-send").addEventListener("click", function () { queue.flush(); });
    one("queue-file").addEventListener("click", function () {
      const rows = queue.records.filter(function (r) { return r.kind === "change"; }).map(function (r) {
        return J.csvRow(r.place.split(" · ").concat([r.text, r.reason, r.comment, r.at, r.words || words.textWaiting]));
      });
      J.saveSheet(words.name, [words.textFile].concat(rows));
    });
  };
})();
