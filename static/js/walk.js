// <div data-walk>: the arrow keys go along its [data-step] links; with data-walk="letters" J and K do so from anywhere.
// <div data-keep-scroll="queue">: scrolled as on the page before, and so that the current link is seen.
import { single } from "./keys.js";

const ARROWS = { ArrowDown: 1, ArrowUp: -1 };
const LETTERS = { j: 1, k: -1 };

document.addEventListener("keydown", (event) => {
  const letter = LETTERS[event.key.toLowerCase()];
  const step = letter ?? ARROWS[event.key];
  const list = letter ? document.querySelector("[data-walk=letters]") : event.target.closest?.("[data-walk]");
  if (!step || !list) return;
  if (letter ? !single(event) : event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  const links = [...list.querySelectorAll("[data-step]")];
  const here = links.indexOf(document.activeElement);
  const next = links[here < 0 ? 0 : here + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
});

const box = document.querySelector("[data-keep-scroll]");
if (box) {
  const key = `selaras:scroll:${box.dataset.keepScroll}`;
  box.scrollTop = Number(sessionStorage.getItem(key) ?? 0);
  box.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  addEventListener("pagehide", () => sessionStorage.setItem(key, String(box.scrollTop)));
}
