// data-key="s": a single key. It follows a link, chooses a radio, goes to the next radio of a group, and only moves the
// focus to a button or field, so that no stray letter decides anything: Enter does. "?" lists the keys of the page.
import { single } from "./keys.js";

const dialog = document.querySelector("dialog[data-keys]");

function use(target) {
  if (target.matches("a")) target.click();
  else if (target.matches("input[type=radio]")) {
    target.click();
    target.focus();
  } else if (target.matches("button, textarea, input")) target.focus();
  else {
    const radios = [...target.querySelectorAll("input[type=radio]")];
    const next = radios[(radios.findIndex((radio) => radio.checked) + 1) % radios.length];
    if (next) use(next);
  }
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && event.target.matches("textarea[data-key]")) {
    event.target.blur();
    document.querySelector("main h1")?.focus({ preventScroll: true }); // the keys go on from the title
  }
  if (!single(event)) return;
  if (event.key === "?" && dialog) dialog.showModal();
  else {
    const target = document.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
    if (!target) return;
    use(target);
  }
  event.preventDefault();
});
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-keys-open]")) dialog?.showModal();
});
