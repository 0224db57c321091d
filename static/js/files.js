/* A file that is too large is refused when it is chosen: the server would answer with a page that lost the form. */
(() => {
  const mib = (bytes) => `${+(bytes / 1048576).toFixed(1)} MiB`;
  document.addEventListener("change", ({ target }) => {
    const most = +target.dataset.bytes;
    if (!most) return;
    const size = target.files[0]?.size ?? 0;
    target.setCustomValidity(size > most ? `This file is ${mib(size)}. Choose one of up to ${mib(most)}.` : "");
    if (size > most) (target.value = ""), target.reportValidity();
  });
})();
