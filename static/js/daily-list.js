/* The list of reports: time left, and what waits on this device. */
(function () {
  "use strict";
  const J = window.Jinjian;
  const root = document.getElementById("daily-list");
  if (!root) return;
  J.countdown(root, Array.from(root.querySelectorAll(".left")));
  J.copyNotice(root);
  J.helper(root);
  J.store.of(root.dataset.person).then(function (records) {
    root.querySelectorAll("[data-report]").forEach(function (item) {
      const n = records.filter(function (r) { return r.report === item.dataset.report; }).length;
      const node = item.querySelector("[data-waiting]");
      if (!n || !node) return;
      node.textContent = J.fill(root.dataset.textWaiting, { n: n });
      node.hidden = false;
    });
  });
})();
