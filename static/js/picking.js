/* Rows of a list that are chosen: Shift chooses all between two, one box all there are, and the bar counts them. */
(() => {
  const d = document;
  const boxes = () => [...d.querySelectorAll("input[type=checkbox][form=chosen]")];
  let last;

  const say = () => {
    const bar = d.getElementById("chosen");
    if (!bar) return;
    const all = boxes();
    const count = all.filter((box) => box.checked).length;
    const [every, picked, compare] = ["[data-every]", "[data-picked]", "[value=compare]"].map((one) => bar.querySelector(one));
    if (every) every.checked = count > 0 && count === all.length;
    if (every) every.indeterminate = count > 0 && count < all.length;
    if (picked) picked.textContent = count ? `${count} selected` : "";
    if (compare) compare.disabled = count < 2 || count > 4; // said beside it
  };
  const tick = (some, checked) => some.forEach((box) => (box.checked = checked));

  d.addEventListener("click", ({ target, shiftKey }) => {
    const all = boxes();
    if (target.matches("[data-every]")) tick(all, target.checked);
    else if (!all.includes(target)) return;
    else {
      const [from, to] = [all.indexOf(last), all.indexOf(target)].sort((a, b) => a - b);
      if (shiftKey && from >= 0) tick(all.slice(from, to + 1), target.checked);
      last = target;
    }
    say();
  });
  for (const changed of ["htmx:afterSettle", "portal:renewed"]) d.addEventListener(changed, say);
  addEventListener("pageshow", say); // after Back the browser has kept the boxes
})();
