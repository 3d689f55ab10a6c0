// Messages can be closed; good news leaves by itself after a while, unless somebody points at it.
const box = document.querySelector("[data-toasts]");
const REST = 8000;

function prepare(toast) {
  const close = document.querySelector("[data-toast-close]").content.firstElementChild.cloneNode(true);
  close.addEventListener("click", () => toast.remove());
  toast.append(close);
  if ("stay" in toast.dataset) return;
  let timer = setTimeout(() => toast.remove(), REST);
  for (const event of ["pointerenter", "focusin"]) toast.addEventListener(event, () => clearTimeout(timer));
  for (const event of ["pointerleave", "focusout"]) {
    toast.addEventListener(event, () => (timer = setTimeout(() => toast.remove(), REST)));
  }
}

export function toast(text) {
  if (!box || !text) return;
  const made = document.querySelector("[data-toast-template]").content.firstElementChild.cloneNode(true);
  made.querySelector("span").textContent = text;
  made.dataset.stay = "";
  prepare(made);
  box.append(made);
}

box?.querySelectorAll("[data-toast]").forEach(prepare);
