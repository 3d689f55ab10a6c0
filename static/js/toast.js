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

// A message that stays until it is closed; with a verb also a button that does something about it. The same words stand
// there once. Answers the message, to be taken away when it is no longer true.
export function toast(text, { verb, action } = {}) {
  if (!box || !text) return null;
  for (const old of box.children) if (old.querySelector("span")?.textContent === text) old.remove();
  const made = document.querySelector("[data-toast-template]").content.firstElementChild.cloneNode(true);
  made.querySelector("span").textContent = text;
  made.dataset.stay = "";
  if (verb) {
    const button = document.querySelector("[data-toast-close]").content.firstElementChild.cloneNode(true);
    button.textContent = verb;
    button.addEventListener("click", () => {
      made.remove();
      action();
    });
    made.append(button);
  }
  prepare(made);
  box.append(made);
  return made;
}

box?.querySelectorAll("[data-toast]").forEach(prepare);
