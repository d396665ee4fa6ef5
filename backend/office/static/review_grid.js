// Ticks all boxes, or none when all are ticked.
(() => {
  const all = document.getElementById("all");
  if (!all) return;
  const boxes = [...document.querySelectorAll('.grid input[type="checkbox"]')];
  all.hidden = false;
  all.addEventListener("click", () => {
    const on = !boxes.every((box) => box.checked);
    for (const box of boxes) box.checked = on;
  });
})();
