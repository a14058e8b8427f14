/* Keys 1 to 9 open the cards. */
(function () {
  "use strict";
  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.altKey || event.metaKey || !/^[1-9]$/.test(event.key)) return;
    if (event.target.closest("input, select, textarea")) return;
    const card = document.getElementById("card-" + event.key);
    if (card) card.click();
  });
})();
