/* A long form draws how far the server is; the page that answers it takes the bar away. */
document.addEventListener("submit", ({ target }) => {
  if (!target.dataset.progress) return;
  const box = target.querySelector("[data-progress-bar]"),
    [bar, words] = box.children;
  setInterval(async () => {
    const answer = await fetch(target.dataset.progress).catch(() => null);
    const { done, total } = answer?.ok ? await answer.json() : {};
    if (!total) return;
    box.hidden = false;
    bar.max = total;
    done < total ? (bar.value = done) : bar.removeAttribute("value");
    words.textContent = `${done.toLocaleString("en")} of ${total.toLocaleString("en")} rows read`;
  }, 500);
});
