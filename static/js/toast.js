// Messages can be closed; good news leaves by itself after a while, unless somebody points at it.
const box = document.querySelector("[data-toasts]");
const REST = 8000;
const LONGER = 12000; // where there is something to press

function prepare(toast) {
  const close = document.querySelector("[data-toast-close]").content.firstElementChild.cloneNode(true);
  close.addEventListener("click", () => toast.remove());
  toast.append(close);
  if ("stay" in toast.dataset) return;
  const rest = toast.querySelector("[data-verb]") ? LONGER : REST;
  let timer = setTimeout(() => toast.remove(), rest);
  for (const event of ["pointerenter", "focusin"]) toast.addEventListener(event, () => clearTimeout(timer));
  for (const event of ["pointerleave", "focusout"]) {
    toast.addEventListener(event, () => (timer = setTimeout(() => toast.remove(), rest)));
  }
}

// A message that stays until it is closed, or with `good` leaves by itself; with a verb also a button that does something
// about it. The same words stand there once. Answers the message, to be taken away when it is no longer true.
export function toast(text, { verb, action, good } = {}) {
  if (!box || !text) return null;
  for (const old of box.children) if (old.querySelector("span")?.textContent === text) old.remove();
  const made = document.querySelector("[data-toast-template]").content.firstElementChild.cloneNode(true);
  made.querySelector("span").textContent = text;
  if (good) made.querySelector("use").setAttribute("href", "#i-check");
  else made.dataset.stay = "";
  if (verb) {
    const button = document.querySelector("[data-toast-close]").content.firstElementChild.cloneNode(true);
    button.textContent = verb;
    button.dataset.verb = "";
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
