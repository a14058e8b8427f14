/* Keys 1 to 9 open the cards. What was unfolded stays so when the cards are renewed, and the focus
   stays where it was. */
(function () {
  "use strict";
  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.altKey || event.metaKey || !/^[1-9]$/.test(event.key)) return;
    if (event.target.closest("input, select, textarea")) return;
    const card = document.getElementById("card-" + event.key);
    if (card) card.click();
  });

  let unfolded = [];
  let focused = "";
  document.body.addEventListener("htmx:beforeSwap", function (event) {
    const root = event.detail.target;
    if (!root || root.id !== "today") return;
    unfolded = Array.from(root.querySelectorAll("details[open]"), function (node) { return node.id; });
    focused = root.contains(document.activeElement) ? document.activeElement.id : "";
  });
  document.body.addEventListener("htmx:afterSwap", function () {
    unfolded.forEach(function (id) {
      const node = document.getElementById(id);
      if (node) node.open = true;
    });
    const node = focused && document.getElementById(focused);
    if (node && node !== document.activeElement) node.focus({ preventScroll: true });
    unfolded = [];
    focused = "";
  });
})();
