// M on a post of the week or month: arrows walk it to another time, Enter moves it there, Escape leaves it where it is.
import { single } from "./keys.js";
import { drop, open } from "./move.js";
import { ask, byHours, chips, days, grid, hide, read, shifted, show, speak } from "./move-target.js";

const PAUSE = 200;
const QUARTER = 15, HOUR = 60;
let walking = null; // the post under way: {…, to}
let timer = 0;

const inHours = (shift) => ({ ArrowLeft: { days: -1 }, ArrowRight: { days: 1 }, ArrowUp: { minutes: shift ? -HOUR : -QUARTER }, ArrowDown: { minutes: shift ? HOUR : QUARTER } });
const inDays = { ArrowLeft: { days: -1 }, ArrowRight: { days: 1 }, ArrowUp: { days: -7 }, ArrowDown: { days: 7 } };

function stop() {
  clearTimeout(timer);
  hide(walking);
  walking = null;
}

async function look() {
  const { to } = walking;
  const moved = walking;
  const meant = await ask(moved, to);
  if (meant === undefined || walking !== moved || moved.to !== to) return;
  show(moved, to, meant, { keys: true });
  speak(moved, to, meant);
}

function walk(step) {
  const to = shifted(walking.to, step);
  if (!days().includes(to.slice(0, 10))) return;
  walking.to = to;
  show(walking, to, null, { keys: true });
  clearTimeout(timer);
  timer = setTimeout(look, PAUSE);
}

function begin(chip) {
  walking = read(chip);
  walking.to = walking.at;
  show(walking, walking.to, null, { keys: true });
  look();
}

document.addEventListener("keydown", (event) => {
  if (!walking) {
    if (event.key.toLowerCase() !== "m" || event.shiftKey || !single(event) || !grid()?.dataset.grid) return;
    const chip = event.target.closest?.(chips);
    if (!chip || chip.dataset.movable !== "1" || !grid().contains(chip)) return;
    event.preventDefault();
    begin(chip);
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.key === "Shift") return;
  const step = (byHours() ? inHours(event.shiftKey) : inDays)[event.key];
  const moved = walking;
  if (step) walk(step);
  else if (event.key === "Enter") {
    stop();
    if (moved.to !== moved.at) drop(moved, moved.to);
  } else if (event.key === "Escape") stop();
  else if (event.key.toLowerCase() === "m") {
    stop();
    open(moved, moved.to);
  } else if (event.key === "Tab") {
    stop();
    return;
  } else return;
  event.preventDefault();
  event.stopPropagation();
}, true);

document.addEventListener("pointerdown", () => walking && stop());
