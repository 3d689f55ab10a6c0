// A post of the calendar dragged to another time: with the mouse at once, with a finger after a long press, so that the
// page still scrolls. The ghost shows the target; Escape, or letting go beside the days, leaves the post where it is.
import { drop } from "./move.js";
import { ask, chips, days, grid, hide, read, show, timeAt } from "./move-target.js";

const FAR = 6; // pixels that make a press a drag
const LONG = 350; // milliseconds that make a touch one
const EDGE = 72; // so near to an edge the page scrolls
const PAUSE = 120;
let drag = null;

const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

function lift() {
  const box = drag.moved.chip.getBoundingClientRect();
  drag.is = true;
  drag.copy = drag.moved.chip.cloneNode(true);
  drag.copy.classList.add("is-lifted");
  drag.copy.inert = true;
  for (const name of ["post", "movable"]) delete drag.copy.dataset[name];
  Object.assign(drag.copy.style, { left: `${box.left}px`, top: `${box.top}px`, width: `${box.width}px`, height: `${box.height}px` });
  document.body.append(drag.copy);
  document.body.classList.add("is-dragging");
  getSelection()?.removeAllRanges();
  if (drag.touch) navigator.vibrate?.(10);
  drag.frame = requestAnimationFrame(scroll);
  move();
}

function move() {
  const { x, y, startX, startY, moved } = drag;
  drag.copy.style.transform = `translate(${x - startX}px, ${y - startY}px)`;
  const to = timeAt(moved, x, y, { quarters: drag.shift });
  if (to === drag.to) return;
  drag.to = to;
  clearTimeout(drag.timer);
  if (!to || to === moved.at) {
    hide(moved);
    moved.chip.classList.add("is-moving");
    return;
  }
  show(moved, to, null);
  drag.timer = setTimeout(async () => {
    const meant = await ask(moved, to);
    if (meant !== undefined && drag?.moved === moved && drag.to === to) show(moved, to, meant);
  }, PAUSE);
}

function scroll() {
  if (!drag?.is) return;
  const top = document.querySelector(".top")?.offsetHeight ?? 0;
  const speed = drag.y < top + EDGE ? drag.y - top - EDGE : Math.max(0, drag.y - innerHeight + EDGE);
  if (speed) {
    scrollBy(0, speed / 5);
    move();
  }
  drag.frame = requestAnimationFrame(scroll);
}

// The post returns to its place; with `quick` it does not fly there.
function back(copy, quick) {
  if (quick || calm()) copy.remove();
  else copy.animate([{ transform: copy.style.transform }, { transform: "none" }], { duration: 140, easing: "ease-out" }).finished.finally(() => copy.remove());
}

function finish() {
  const ended = drag;
  drag = null;
  clearTimeout(ended.timer);
  clearTimeout(ended.press);
  cancelAnimationFrame(ended.frame);
  document.body.classList.remove("is-dragging");
  if (!ended.is) return ended;
  hide(ended.moved);
  // the release of a drag is no click on the post
  const swallow = (event) => { event.preventDefault(); event.stopPropagation(); };
  addEventListener("click", swallow, { capture: true, once: true });
  setTimeout(() => removeEventListener("click", swallow, { capture: true }), 50);
  return ended;
}

function cancel() {
  const ended = finish();
  if (ended.is) back(ended.copy);
}

document.addEventListener("pointerdown", (event) => {
  if (drag) cancel();
  const chip = event.target.closest?.(chips);
  if (!chip || event.button || !event.isPrimary || event.ctrlKey || event.metaKey || event.target.closest("[data-move]")) return;
  if (!grid()?.contains(chip) || !days().length) return;
  const { clientX: x, clientY: y, pointerId: id } = event;
  drag = { moved: read(chip), id, startX: x, startY: y, x, y, touch: event.pointerType !== "mouse", to: null };
  if (drag.touch) drag.press = setTimeout(lift, LONG);
});

document.addEventListener("pointermove", (event) => {
  if (!drag || event.pointerId !== drag.id) return;
  Object.assign(drag, { x: event.clientX, y: event.clientY, shift: event.shiftKey });
  if (drag.is) move();
  else if (Math.hypot(drag.x - drag.startX, drag.y - drag.startY) > FAR) {
    if (drag.touch) cancel(); // it scrolls
    else lift();
  }
});

document.addEventListener("pointerup", async (event) => {
  if (!drag || event.pointerId !== drag.id) return;
  const { is, moved, to, copy } = finish();
  if (!is) return;
  if (!to || to === moved.at) back(copy);
  else back(copy, await drop(moved, to));
});

document.addEventListener("pointercancel", (event) => drag && event.pointerId === drag.id && cancel());
window.addEventListener("blur", () => drag && cancel());
document.addEventListener("keydown", (event) => {
  if (!drag?.is || event.key !== "Escape") return;
  event.preventDefault();
  event.stopPropagation();
  cancel();
}, true);
// A link of a post is not dragged by the browser, and a long press opens no menu once it is a drag.
document.addEventListener("dragstart", (event) => event.target.closest?.(chips) && event.preventDefault());
document.addEventListener("contextmenu", (event) => drag?.touch && event.preventDefault());
// on what stays when the calendar inside is replaced; only where posts can be moved, since such a listener slows scrolling
if (document.querySelector("[data-move-tools]")) {
  document.getElementById("isi").addEventListener("touchmove", (event) => drag?.is && event.cancelable && event.preventDefault(), { passive: false });
}
