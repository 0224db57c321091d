/* What others do appears on an open page: it asks whether something changed, and takes over what is new. */
(() => {
  const d = document;
  const page = d.documentElement.dataset;
  const EVERY = 12000; // with the answer, within 15 seconds
  const PARTS = ["#side nav", "#bar", "#bell", "#main"];
  let since = page.now;
  let asking = false;

  // In the inbox the proposal that is open is the one of the address, or the first, beside which there is room for it.
  const watched = () => {
    if (location.pathname !== "/proposals" || !d.getElementById("detail")?.checkVisibility()) return page.watch;
    const row = d.querySelector(".q a[aria-current]");
    const chosen = row && new URL(row.href).searchParams.get("sel");
    return chosen ? `proposal=${chosen}` : page.watch;
  };
  let reviewing = "";
  const sayReviewing = () => {
    const line = d.getElementById("reviewing");
    if (line && line.textContent !== reviewing) line.textContent = reviewing;
    if (line) line.hidden = !reviewing;
  };

  const headers = { "X-By-Itself": "1" };
  const look = async () => {
    if (d.hidden || asking || !navigator.onLine) return;
    asking = true;
    try {
      const asked = `/changes?since=${since}&${watched()}`;
      const answer = await fetch(asked, { headers: { ...headers, "HX-Request": "true" } });
      if (answer.status === 401) d.dispatchEvent(new CustomEvent("portal:out"));
      if (![200, 204].includes(answer.status)) return;
      const told = answer.status === 200 ? await answer.json() : {};
      reviewing = told.reviewing ?? "";
      if (told.now && (await renew())) since = told.now;
      sayReviewing();
    } catch {
      // The next time asks again.
    } finally {
      asking = false;
    }
  };

  const renew = async (parts = PARTS) => {
    const answer = await fetch(location.href, { headers });
    if (!answer.ok || answer.redirected) return false;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (d.querySelector("[data-who]")?.dataset.who !== fresh.querySelector("[data-who]")?.dataset.who) return false;
    await merging();
    for (const part of parts) {
      const [old, now] = [d, fresh].map((one) => one.querySelector(part));
      if (old && now) merge(old, now);
    }
    return true;
  };

  // Fetched when there is something to merge: the first view goes without it.
  let script;
  const merging = () =>
    (script ??= new Promise((done, failed) => {
      const tag = d.createElement("script");
      tag.src = page.merging;
      tag.onload = done;
      tag.onerror = () => (tag.remove(), (script = undefined), failed());
      d.head.append(tag);
    }));

  // What somebody is at stays: a form with something typed in it, with the version that it was drawn for, and dialogs.
  const typed = (field) =>
    field.matches("[type=checkbox], [type=radio]")
      ? field.checked !== field.defaultChecked
      : field.matches("select")
        ? field.selectedIndex !== Math.max(0, [...field.options].findIndex((option) => option.defaultSelected))
        : field.matches("input:not([type=hidden]), textarea") && field.value !== field.defaultValue;
  const searched = new WeakSet(); // forms with a choice that a search beside them made
  d.addEventListener("htmx:afterSwap", ({ target }) => target.matches("select") && searched.add(target.form));
  const isKept = (node) =>
    node.matches?.("dialog[open], .notes") ||
    (node.matches?.("input[form]") && typed(node)) || // a row that is chosen
    (node.tagName === "FORM" && (searched.has(node) || node.contains(d.activeElement) || [...node.elements].some(typed)));
  const holdsKept = (node) => isKept(node) || [...(node.querySelectorAll?.("form, dialog[open], .notes") ?? [])].some(isKept);

  const merge = (old, fresh) => {
    const changed = new Set();
    const note = (node) => {
      const box = node.nodeType === 1 ? node : node.parentElement;
      if (box && node.textContent.trim() && !box.closest("time, form, .vh, .entry")) changed.add(box);
    };
    for (const one of [old, fresh]) mark(one);
    Idiomorph.morph(old, fresh.outerHTML, {
      morphStyle: "outerHTML",
      callbacks: {
        beforeNodeMorphed: (one, next) => {
          if (isKept(one)) return false;
          if (one.nodeType === 3 && one.nodeValue !== next.nodeValue) changed.add(one);
        },
        beforeNodeRemoved: (node) => !holdsKept(node),
        beforeAttributeUpdated: (name, node) => !(name === "open" && node.matches("details, dialog")),
        afterNodeAdded: note,
      },
    });
    for (const row of d.querySelectorAll(`[id^="${ROW}"]`)) row.removeAttribute("id");
    window.htmx?.process(d.querySelector(old.id ? `#${old.id}` : "#side nav"));
    for (const node of [...changed]) if (node.nodeType === 3) changed.delete(node), note(node);
    changed.forEach(glow);
    if (changed.size) d.dispatchEvent(new CustomEvent("portal:renewed"));
  };
  // A row is the same one wherever it stands, if it leads to the same page: without it all below a new one would have changed.
  const ROW = "row ";
  const mark = (root) => {
    const known = new Set();
    for (const row of root.querySelectorAll("li:not([id]), tr:not([id])")) {
      const to = row.querySelector("a[href]")?.getAttribute("href");
      if (to && !known.has(to)) row.id = ROW + to;
      known.add(to);
    }
  };
  const glow = (box) => {
    box.classList.remove("glow");
    void box.offsetWidth; // begins anew
    box.classList.add("glow");
    box.addEventListener("animationend", () => box.classList.remove("glow"), { once: true });
  };

  // How long ago: the words of write_ago in writing.py; a date, a week away, stays as it is.
  const skew = +page.now - Date.now();
  const age = () => {
    for (const t of d.querySelectorAll("time[data-ago]")) {
      const s = ((Date.now() + skew - Date.parse(t.dateTime)) / 1000) | 0;
      const far = Math.abs(s);
      if (far >= 604800) continue;
      const days = (far / 86400) | 0;
      const span = far < 3600 ? `${(far / 60) | 0} min` : far < 86400 ? `${(far / 3600) | 0} h` : `${days} day${days > 1 ? "s" : ""}`;
      const words = far < 60 ? "just now" : s > 0 ? `${span} ago` : `in ${span}`;
      if (t.textContent !== words) t.textContent = words;
    }
  };

  // What the page posts by itself, a review say, is answered while somebody may be typing: the page is merged instead.
  d.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (!detail.shouldSwap || !detail.requestConfig.elt.matches("[data-merges]")) return;
    detail.shouldSwap = false;
    renew();
  });

  setInterval(look, EVERY);
  // Says at once who is reviewing; a page that posts its own review waits, or it would draw that form anew and post it twice.
  if (/^proposal=|[?&]sel=/.test(page.watch + location.search) && !d.querySelector("[data-merges]")) look();
  // What this page did itself is no change to others' eyes.
  d.addEventListener("portal:done", () => renew());
  // Nor does the history beside a panel tell what was done in it.
  d.addEventListener("htmx:afterSwap", ({ detail }) => {
    if (detail.requestConfig.verb === "post" && d.querySelector(".tl")) renew([".tl"]);
  });
  setInterval(() => d.hidden || age(), 30000);
  d.addEventListener("visibilitychange", () => d.hidden || (age(), look()));
})();
