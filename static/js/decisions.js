/* A decision waits on the page for five seconds, in which it can be undone; leaving the page sends it. Nothing is lost. */
(() => {
  const d = document;
  const WAITS = 5000;
  const waiting = new Map(); // by proposal, which has one decision at a time

  const idOf = (form) => form.action.split("/").at(-2);
  const rows = () => [...d.querySelectorAll(".triage .q a")];
  const idIn = (row) => new URL(row.href).searchParams.get("sel");
  const say = (message, link, level) => d.dispatchEvent(new CustomEvent("toast", { detail: { message, link, level } }));

  const hold = (form, pressed) => {
    const id = idOf(form);
    const one = { id, to: form.action, said: form.dataset.held, body: new FormData(form, pressed) };
    if (waiting.has(id)) clearTimeout(waiting.get(id).timer), close(waiting.get(id));
    for (const other of waiting.values()) delete other.button.dataset.press; // the key undoes the last one
    one.timer = setTimeout(send, WAITS, one);
    waiting.set(id, one);
    one.dialog = form.closest("dialog");
    one.dialog?.close();
    one.dialog?.remove();
    say(one.said, button(one, "Undo", undo));
    open(next());
    mark();
  };
  const button = (one, label, does) => {
    one.button = d.createElement("button");
    one.button.type = "button";
    one.button.textContent = label;
    one.button.dataset.press = "u";
    one.button.onclick = () => does(one);
    return one.button;
  };
  const again = (one) => (waiting.set(one.id, one), send(one));
  const close = (one) => one.button.closest(".toast")?.lastChild.click();
  const undo = (one) => {
    clearTimeout(one.timer);
    if (!waiting.delete(one.id)) return;
    close(one);
    open(rows().find((row) => idIn(row) === one.id));
    if (one.dialog) d.getElementById("ask").replaceChildren(one.dialog), one.dialog.showModal(); // with what was typed
    mark();
  };

  // One answer for all: the fresh card, with what was done or why it was not.
  const send = async (one) => {
    clearTimeout(one.timer);
    if (!waiting.delete(one.id)) return;
    close(one);
    one.body.set("csrf_token", d.querySelector("meta[name=csrf-token]").content);
    const sent = { method: "POST", body: one.body, headers: { "HX-Request": "true" }, keepalive: true };
    const answer = await fetch(one.to, sent).catch(() => null);
    const card = new DOMParser().parseFromString((await answer?.text()) ?? "", "text/html");
    const said = (kind) => card.querySelector(`[role=${kind}]`)?.textContent.trim();
    const hire = card.querySelector("a[href^='/placements/new']");
    hire?.removeAttribute("class");
    hire?.querySelector("svg")?.remove();
    // Another tab acts for another organization: the server says which. A new session's token comes with "portal:out".
    const told = answer?.status === 409 && JSON.parse(answer.headers.get("HX-Trigger") ?? "{}").toast?.message;
    const why = answer?.status === 401 ? "the session of this page has ended." : told || "the server could not be reached.";
    if (answer?.status === 401) d.dispatchEvent(new CustomEvent("portal:out"));
    if (answer?.ok) say(`${card.querySelector("h2").textContent}: ${said("status")}`, hire);
    else if (said("alert")) say(`${one.said}: ${said("alert")}`, null, "error");
    else say(`${one.said}: ${why}`, button(one, "Send again", again), "error");
    d.dispatchEvent(new CustomEvent("portal:done"));
  };

  // In the inbox the next proposal opens in place: a new page would end the time in which one can undo.
  const next = () => {
    const all = rows();
    const at = all.findIndex((row) => row.ariaCurrent);
    return [...all.slice(at + 1), ...all.slice(0, at)].find((row) => !waiting.has(idIn(row)));
  };
  const open = async (row) => {
    if (!row) return d.getElementById("main").focus({ preventScroll: true }); // the pressed button is disabled now
    const address = row.href;
    await htmx.ajax("GET", address, "#list");
    history.replaceState(null, "", address);
    d.querySelector(".q a[aria-current]")?.focus({ preventScroll: true });
    const card = d.getElementById("detail"); // read from its top, not from the button that was pressed
    if (card?.getBoundingClientRect().top < 0) card.scrollIntoView();
  };
  const mark = () => {
    for (const row of rows()) row.toggleAttribute("data-waits", waiting.has(idIn(row)));
    for (const form of d.querySelectorAll("form[data-held]"))
      for (const button of form.querySelectorAll("button:not([type=button])")) button.disabled = waiting.has(idOf(form));
  };

  d.addEventListener(
    "submit",
    (e) => {
      if (!e.target.dataset.held || !e.target.checkValidity()) return;
      e.preventDefault();
      e.stopPropagation(); // HTMX would send it now
      hold(e.target, e.submitter);
    },
    true,
  );
  for (const changed of ["htmx:afterSettle", "portal:renewed"]) d.addEventListener(changed, mark);
  addEventListener("pagehide", () => waiting.forEach(send));
  // A row that was opened is where one goes on from, as after a decision.
  if (/[?&]sel=/.test(location.search)) d.querySelector(".q a[aria-current]")?.focus({ preventScroll: true });
})();
