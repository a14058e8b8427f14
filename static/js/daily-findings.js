/* The list of what stands out: hard first, soft ones with their reason right there. */
(function () {
  "use strict";

  const J = window.Jinjian;

  J.Findings = function (root, sheet) {
    const self = this;
    const one = function (name) { return root.querySelector("[data-" + name + "]"); };

    self.open = function () {
      return root.querySelectorAll("[data-problem]:not(.problem-settled)").length;
    };
    self.list = function (found) {
      if (!found) return;
      const place = one("problem-list");
      const before = new Map();
      place.querySelectorAll("[data-problem]").forEach(function (node) { before.set(node.dataset.problem, node); });
      const open = found.filter(function (row) { return !row.settled; }).length;
      found.forEach(function (row) {
        const key = row.cell + "-" + row.code;
        const node = before.get(key) || blank(row, key);
        before.delete(key);
        node.className = "problem" + (row.settled ? " problem-settled" : row.hard ? " problem-hard" : "");
        node.querySelector("[data-problem-place]").textContent = row.place;
        node.querySelector("[data-problem-text]").textContent = row.text;
        const select = node.querySelector("select");
        if (select && document.activeElement !== select && !sheet.queue.of(row.cell)) select.value = row.reason;
        // The order stays while somebody works in the list.
        if (!place.contains(document.activeElement) || !node.parentNode) place.append(node);
      });
      before.forEach(function (node) { node.remove(); });
      const titles = document.querySelector("[data-problem-titles]").content;
      one("problems-title").textContent = open
        ? J.fill(titles.querySelector("[data-title-open]").textContent, { n: open })
        : titles.querySelector("[data-title-settled]").textContent;
      one("problems").hidden = !found.length;
      const wrong = new Map();
      found.forEach(function (row) { if (!row.settled && !wrong.has(row.cell)) wrong.set(row.cell, row.text); });
      sheet.known.forEach(function (state, id) {
        const text = wrong.get(id) || "";
        if ((state.mark === "check") === Boolean(text) && state.problem === text) return;
        state.problem = text;
        if (text) state.mark = "check";
        else if (state.mark === "check") state.mark = state.system !== null && J.plain(state.text) !== String(state.system) ? "over" : "";
        sheet.paint(id);
      });
    };
    const blank = function (row, key) {
      const node = document.querySelector("[data-problem-template]").content.firstElementChild.cloneNode(true);
      node.dataset.problem = key;
      const link = node.querySelector("a");
      link.href = "#c" + row.cell;
      link.dataset.go = row.cell;
      if (row.hard) { node.querySelector(".why").remove(); return node; }
      const select = node.querySelector("select"), comment = node.querySelector("input");
      select.dataset.why = comment.dataset.comment = row.cell;
      [select, comment].forEach(function (field) { field.setAttribute("aria-label", field.getAttribute("aria-label") + ": " + row.place); });
      select.value = row.reason;
      comment.value = row.comment;
      return node;
    };
  };
})();
