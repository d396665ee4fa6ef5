// Ticks all boxes whose photo has come, or none when all of them are ticked: what nobody can see
// yet is not approved with the rest.
(() => {
  const all = document.getElementById("all");
  if (!all) return;
  const boxes = () =>
    [...document.querySelectorAll(".grid li")]
      .filter((tile) => tile.querySelector("img").naturalWidth > 0)
      .map((tile) => tile.querySelector('input[type="checkbox"]'));
  all.hidden = false;
  all.addEventListener("click", () => {
    const come = boxes();
    const on = !come.every((box) => box.checked);
    for (const box of come) box.checked = on;
  });
})();
