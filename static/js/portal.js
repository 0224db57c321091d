/* What pages gain from script; each of them works without it. No eval, no inline handlers (CSP). */
(() => {
  const d = document;
  const skew = (d.documentElement.dataset.now || Date.now()) - Date.now();
  const on = (type, does, target = d) => target.addEventListener(type, does);
  const all = (selector, root = d) => root.querySelectorAll(selector);
  const byId = (id) => d.getElementById(id);

  // Set here, not in each page's head: htmx is there and has not read the page.
  Object.assign(window.htmx?.config || {}, {
    historyCacheSize: 0,
    refreshOnHistoryMiss: true,
    includeIndicatorStyles: false,
    allowEval: false,
    allowScriptTags: false,
    selfRequestsOnly: true,
    timeout: 15000,
    attributesToSettle: ["class", "width", "height"], // copying a style is refused by the policy of the page
    defaultSettleDelay: 0, // what a swap brings is made ready before anybody sees or uses it
    responseHandling: [
      { code: "204", swap: false },
      { code: "[23]..", swap: true },
      { code: "4(00|03|09|22|29)", swap: true, error: true },
      { code: "[45]..", swap: false, error: true },
    ],
  });

  // Countdowns: the server's words, ticking. Same wording as write_left in writing.py.
  const left = (s) => {
    if (s <= 0) return s > -86400 ? "due now" : `${(-s / 86400) | 0} d overdue`;
    const [size, unit, part, its] =
        s < 60 ? [1, "s", 1] : s < 3600 ? [60, "min", 1, "s"] : s < 86400 ? [3600, "h", 60, "min"] : [86400, "d", 3600, "h"],
      rest = ((s % size) / part) | 0;
    return `${(s / size) | 0} ${unit}` + (rest ? ` ${rest} ${its}` : "");
  };
  const tick = () => {
    if (d.hidden) return;
    const now = Date.now() + skew;
    for (const t of all("time[data-countdown]")) {
      const s = ((Date.parse(t.dateTime) - now) / 1000) | 0,
        words = left(s);
      if (t.textContent !== words) t.textContent = words;
      if (s < 86400) t.dataset.urgency = s <= 0 ? "over" : s < 14400 ? "hot" : "warm";
    }
  };
  setInterval(tick, 1000);

  // Toasts: ok for 6 s, errors until closed, at most three.
  const toast = (message, level, link) => {
    if (!message) return;
    const region = byId("toasts");
    while (region.children.length > 2) region.firstChild.remove();
    const box = d.createElement("div");
    box.className = "toast " + (level || "");
    const words = d.createElement("p");
    words.append(message);
    if (link) words.append(" ", link);
    const close = d.createElement("button");
    close.textContent = "✕";
    close.ariaLabel = "Dismiss";
    close.onclick = () => {
      if (box.contains(d.activeElement)) byId("main").focus();
      box.remove();
    };
    box.append(words, close);
    region.append(box);
    if (level !== "error") setTimeout(close.onclick, 6000);
    return box;
  };
  on("toast", ({ detail }) => toast(detail.message, detail.level, detail.link));
  // Why the last attempt failed; it goes with the next one.
  let last;
  const fail = (why, link) => {
    last?.remove();
    last = toast(why, "error", link);
  };
  on("htmx:sendError", () => fail("Couldn’t reach the server. Nothing was changed. Try again."));
  on("htmx:timeout", () => fail("The server took too long. Reload the page to see what was saved."));
  on("htmx:responseError", ({ detail: { xhr, requestConfig } }) => {
    const sent = !requestConfig.headers["X-By-Itself"];
    if (xhr.status === 401 && !xhr.getResponseHeader("HX-Redirect")) return signedOut(sent);
    if (/4(00|03|09|22|29|01)/.test(xhr.status)) return;
    const id = xhr.getResponseHeader("X-Correlation-ID");
    const code = id ? ` Reference: ${id}.` : "";
    // To reload the page would lose what was typed; to send it again does nothing twice.
    const typed = sent && requestConfig.elt.querySelector("textarea, input:not([type=hidden])");
    const kept = `What you typed is still here${xhr.status === 503 ? "; try again in a moment" : ""}.`;
    fail(`That didn’t work (${xhr.status}). ${typed ? kept : "Reload the page and try again."}${code}`);
  });

  const token = (page) => page.querySelector("meta[name=csrf-token]");
  on("htmx:configRequest", ({ detail: { verb, headers, triggeringEvent } }) => {
    if (verb !== "get") headers["X-CSRFToken"] = token(d).content;
    headers["X-Drawn-For"] = d.querySelector("#frame [name=drawn_for]")?.value ?? "";
    /click|submit/.test(triggeringEvent?.type) ? fail() : (headers["X-By-Itself"] = "1");
  });

  // Signed out meanwhile: the page and what was typed in it stay. Once the same person is signed in again, in another
  // tab, its forms get the new session's token.
  let out;
  const back = () => toast("You’re signed in again. Resubmit what wasn’t saved.");
  const renew = async () => {
    const answer = await fetch(location.href).catch(() => {});
    if (!answer) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const who = (one) => one.querySelector("[data-who]")?.dataset.who;
    out = !who(d) || who(page) !== who(d);
    if (out) return;
    for (const field of all("[name=csrf_token]")) field.value = token(page).content;
    token(d).content = token(page).content;
  };
  const signedOut = async (sent) => {
    if (out && !sent) return;
    out = true;
    await renew();
    if (!out) return sent && back();
    const link = d.createElement("a");
    link.href = "/login";
    link.target = "_blank";
    link.textContent = "Sign in (new tab)";
    fail("You were signed out. Sign in to submit what you typed.", link);
  };
  on("portal:out", () => signedOut());
  on("visibilitychange", async () => {
    if (d.hidden || !out) return;
    await renew();
    if (out) return;
    fail();
    back();
  });

  // Busy buttons. The button is disabled after the browser has read its name and value into the form.
  const busy = (button) => {
    button.ariaBusy = "true";
    setTimeout(() => (button.disabled = button.ariaBusy)); // unless the answer was faster
    if (button.dataset.busy) {
      button.dataset.was = button.lastChild.textContent;
      setTimeout(() => button.ariaBusy && (button.lastChild.textContent = button.dataset.busy), 400);
    }
  };
  const ready = (root) => {
    for (const button of all("[aria-busy=true]", root)) {
      button.ariaBusy = null;
      button.disabled = false;
      if (button.dataset.was) button.lastChild.textContent = button.dataset.was;
    }
  };
  on("submit", (e) => {
    const form = e.target;
    if (e.defaultPrevented && !form.hasAttribute("data-hx-post")) return;
    if (form.method === "post" && e.submitter?.matches(".btn")) busy(e.submitter);
  });
  on("htmx:afterRequest", (e) => ready(e.target.closest?.("form") || d));
  on("pageshow", (e) => (e.persisted ? ready(d) : all("textarea[data-count]").forEach(count)), window);

  // After a page or a swap: open what the server wants open, count, and move the focus to the errors.
  let was; // in focus before what opens, to which a dialog leads back when it is closed
  const settle = (root, asked) => {
    for (const box of all("dialog[open][data-modal]", root)) {
      box.close();
      if (!d.contains(was)) was = d.querySelector(`[href="${was?.getAttribute("href")}"]`); // drawn anew
      was?.focus(); // a field of the dialog may have the focus already
      was?.closest("[popover]")?.hidePopover(); // a menu gives it to its button
      box.showModal();
    }
    all("textarea[data-count]", root).forEach(count);
    for (const box of all("#keys-on", root)) box.checked = !stored();
    const summary = root.matches?.("[data-error-summary]") ? root : root.querySelector("[data-error-summary]");
    summary?.focus();
    // What was done is said at the top of a panel, which may lie above the view.
    const said = asked && !summary && root.querySelector("[role=status]:not(:empty), [role=alert]");
    if (said) (said.closest(".note") || said).scrollIntoView({ block: "nearest" });
    // The pressed button is gone.
    if (said && d.activeElement === d.body) (said.tabIndex = -1), said.focus();
    tick();
  };
  const count = (area) => {
    const out = byId(area.dataset.count),
      most = +area.dataset.most;
    if (!out) return;
    out.textContent = `${area.value.length.toLocaleString("en")} of ${most.toLocaleString("en")} characters`;
    out.toggleAttribute("data-over", area.value.length > most);
  };
  on("input", (e) => e.target.matches("textarea[data-count]") && count(e.target));
  on("htmx:afterSettle", (e) => settle(e.target, !e.detail.requestConfig?.headers["X-By-Itself"]));
  // An answer to what was typed may come while somebody types on: what is in a field by then stays, and so does a tick
  // for the same, whose value is the version of what it agrees to.
  const isBox = (field) => /checkbox|radio/.test(field.type);
  const entered = (root) =>
    [...all("input[id]:not([type=hidden], [type=file]), textarea[id]", root)].filter((field) =>
      isBox(field) ? field.checked !== field.defaultChecked : field.value !== field.defaultValue,
    );
  const keep = (fields, root) => {
    for (const field of fields) {
      const next = root.querySelector(`#${CSS.escape(field.id)}`);
      if (!isBox(field) && next) next.value = field.value;
      if (isBox(field) && next?.value === field.value) next.checked = field.checked;
    }
  };
  on("htmx:oobBeforeSwap", ({ detail }) => keep(entered(detail.target), detail.fragment));
  on("htmx:beforeSwap", ({ detail: { target, requestConfig } }) => {
    if (/^(input|change)$/.test(requestConfig.triggeringEvent?.type)) requestConfig.entered = entered(target);
  });
  on("htmx:afterSwap", ({ target, detail }) => keep(detail.requestConfig.entered ?? [], target));
  // What was typed before the script was there counts as typed now.
  on("DOMContentLoaded", () => {
    for (const field of entered(d)) field.dispatchEvent(new Event("input", { bubbles: true }));
  });

  // What nobody in an open dialog asked for, a late review say, does not take the dialog away.
  on("htmx:beforeSwap", (e) => {
    const open = d.querySelector("dialog[open]");
    if (!open) was = d.activeElement;
    else if (e.detail.target.contains(open) && !open.contains(e.detail.requestConfig.elt)) e.detail.shouldSwap = false;
  });
  // What a dialog of the slot sent is answered in the page; a refusal there opens the dialog again, with what was typed.
  on("htmx:afterSwap", (e) => {
    const slot = byId("ask");
    if (slot?.contains(e.detail.requestConfig.elt) && !slot.contains(e.target)) slot.textContent = "";
  });

  on("click", (e) => {
    const copy = e.target.closest("[data-copy]");
    if (copy) {
      const source = d.querySelector(copy.dataset.copy);
      navigator.clipboard?.writeText(source.value ?? source.textContent).then(
        () => toast("Copied."),
        () => toast("Couldn’t copy.", "error"),
      );
    }
    if (e.target.closest("[data-print]")) print();
    const button = e.target.closest("[commandfor]");
    if (!button || "command" in HTMLButtonElement.prototype) return;
    const box = byId(button.getAttribute("commandfor"));
    button.getAttribute("command") === "show-modal" ? box.showModal() : box.close();
  });

  // Keys; they can be turned off in the dialog that "?" opens (WCAG 2.1.4).
  const OFF = "portal:keys-off";
  const stored = () => {
    try {
      return localStorage.getItem(OFF);
    } catch {
      return null;
    }
  };
  let chord = 0;
  const step = (by, among = ".q a, .rows .grow > a, .rows [formaction$='/open'], .tbl a.cell") => {
    const links = [...all(among)];
    const at = links.indexOf(d.activeElement.closest("li, tr")?.querySelector(among) ?? d.activeElement);
    const to = by + (at < 0 ? links.findIndex((a) => a.ariaCurrent) : at);
    (links[to] ?? links.at(to < 0 ? 0 : -1))?.focus();
  };
  const keys = {
    "/": () => {
      const q = d.querySelector("[data-search]");
      q?.focus();
      q?.select();
    },
    "?": () => d.querySelector("a[href='/shortcuts']")?.click(),
    j: () => step(1),
    k: () => step(-1),
    g: () => (chord = Date.now()),
    e: () => (step(1), d.activeElement.click()),
  };
  on("keydown", (e) => {
    const control = e.ctrlKey || e.metaKey;
    if (e.key === "k" && control) return e.preventDefault(), d.querySelector("a[href='/palette']")?.click();
    if (/^Arrow(Up|Down)$/.test(e.key) && e.target.closest("#palette")) {
      e.preventDefault();
      return step(e.key === "ArrowDown" ? 1 : -1, "#palette input, #found a");
    }
    if (e.target.matches("input:not([type=checkbox]), textarea, select")) return e.key === "Escape" && e.target.blur();
    if (control || e.altKey || stored()) return;
    if (d.querySelector("dialog[open], [data-press].htmx-request")) return; // what is typed before a dialog comes is meant for it
    const page = Date.now() - chord < 1500 && d.querySelector(`.nav [data-key="${CSS.escape(e.key)}"]`);
    chord = 0;
    if (page) return page.click();
    const key = `[data-press="${CSS.escape(e.key)}"]`;
    const pressed = d.activeElement.closest("li, tr")?.querySelector(key) ?? d.querySelector(key); // first in the row one is in
    if (!keys[e.key] && !pressed) return;
    e.preventDefault();
    pressed?.focus();
    pressed ? pressed.click() : keys[e.key]();
    pressed?.nextElementSibling?.querySelector("textarea")?.focus(); // what it unfolds is typed in, and is no key
  });
  // Enter in the palette opens the first that is found, of what is typed by then; a second one asks the search instead.
  let awaits = "";
  const first = (e) => {
    const link = d.querySelector("#found a");
    if (link) e.preventDefault(), link.click();
  };
  on("input", (e) => e.target.closest("#palette") && (awaits = "answer"));
  on("submit", (e) => {
    if (!e.target.closest("#palette") || awaits === "enter") return;
    if (!awaits) return first(e);
    e.preventDefault();
    awaits = "enter";
  });
  on("htmx:afterSettle", (e) => {
    if (!/^(ask|found)$/.test(e.target.id)) return;
    if (awaits === "enter") first(e);
    awaits = "";
  });
  on("change", ({ target }) => {
    if (target.id === "keys-on") localStorage.setItem(OFF, target.checked ? "" : "1");
  });

  settle(d);
  // A link to a form, of the work queue say, leads into its first field, once the browser has gone to it.
  const to = byId(location.hash.slice(1));
  const enter = () => (to?.matches("h2") ? to.closest("section") : to)?.querySelector(".input")?.focus();
  on("load", () => setTimeout(enter), window);
})();
