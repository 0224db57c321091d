/* Handles on the bar of shares: dragged, or moved by arrow keys, they move a share to its neighbor and fill in the fields. */
(() => {
  const d = document;
  const WHOLE = 100,
    LEAST = 1; // percent
  const read = (field) => (/^\s*\d{1,3}([.,]\d{1,2})?\s*%?\s*$/.test(field.value) ? parseFloat(field.value.replace(",", ".")) : NaN);

  const begin = (editor) => {
    const bar = editor.querySelector(".handles .splitbar");
    const fields = [...editor.querySelectorAll("input[name$=split_bp]")].filter((field) => field.form?.action.endsWith("/shares"));
    if (!bar || !fields.length || bar.dataset.held) return;
    bar.dataset.held = "1";
    bar.setAttribute("aria-hidden", "true"); // the handles say the same, as it is by now
    const comma = fields.some((field) => field.value.includes(","));
    const write = (share) => String(+share.toFixed(2)).replace(".", comma ? "," : ".");
    const parts = [...bar.querySelectorAll("rect:not(.open, .gap, .over)")];
    const gaps = [...bar.querySelectorAll(".gap")];
    const handles = fields.map((field, n) => handle(field, n));
    bar.after(...handles);
    draw();
    editor.addEventListener("input", draw);

    function handle(field, n) {
      const one = d.createElement("span");
      one.role = "slider";
      one.tabIndex = 0;
      one.ariaLabel = field.labels[0].textContent;
      one.onpointerdown = (e) => (one.setPointerCapture(e.pointerId), e.preventDefault(), one.focus());
      one.onpointermove = (e) => {
        if (!one.hasPointerCapture(e.pointerId)) return;
        const { left, width } = bar.getBoundingClientRect();
        move(n, Math.round((WHOLE * (e.clientX - left)) / width) - sum(shares(), n));
      };
      one.onkeydown = (e) => {
        const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10 }[e.key];
        const to = by ? shares()[n] + by : { Home: LEAST, End: WHOLE }[e.key];
        if (to === undefined) return;
        e.preventDefault();
        move(n, to);
      };
      return one;
    }
    function shares() {
      return fields.map(read);
    }
    function sum(all, end) {
      return all.slice(0, end).reduce((a, b) => a + b, 0);
    }
    /* What a share and its neighbor have together, or the last one and what is left. */
    function room(all, n) {
      return n + 1 < all.length ? all[n] + all[n + 1] - LEAST : WHOLE - sum(all, n);
    }
    function move(n, share) {
      const all = shares();
      const moved = Math.min(Math.max(share, LEAST), room(all, n));
      if (!(moved !== all[n])) return;
      fields[n].value = write(moved);
      if (n + 1 < all.length) fields[n + 1].value = write(all[n] + all[n + 1] - moved);
      for (const field of fields.slice(n, n + 2)) field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    function draw() {
      const all = shares();
      const sound = all.every((share) => share >= 0) && sum(all, all.length) <= WHOLE + 0.001;
      all.forEach((share, n) => {
        handles[n].hidden = !sound;
        if (!sound) return;
        const start = sum(all, n);
        parts[n]?.setAttribute("x", `${start}%`);
        parts[n]?.setAttribute("width", `${share}%`);
        if (n) gaps[n - 1]?.setAttribute("x", `${start}%`);
        handles[n].style.left = `${start + share}%`;
        Object.assign(handles[n], { ariaValueMin: LEAST, ariaValueMax: room(all, n), ariaValueNow: share });
        handles[n].ariaValueText = `${write(share)}%`;
      });
    }
  };

  const look = () => d.getElementById("editor") && begin(d.getElementById("editor"));
  look();
  d.addEventListener("htmx:afterSettle", look);
})();
