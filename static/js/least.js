// <textarea id="x" data-least="20"> and <span data-least-out="x">: how many characters a reason has of those it needs.
for (const out of document.querySelectorAll("[data-least-out]")) {
  const text = document.getElementById(out.dataset.leastOut);
  const before = out.textContent;
  const show = () => {
    const length = [...text.value.trim()].length;
    out.textContent = length ? `${length}/${text.dataset.least}` : before;
    out.classList.toggle("is-over", length > 0 && length < Number(text.dataset.least));
  };
  text.addEventListener("input", show);
  show();
}
