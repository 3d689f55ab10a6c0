// A post on the calendar, the time it may be moved to, and what that would mean. Times are "YYYY-MM-DDTHH:MM" as the
// page's clock shows them; what a move means is the server's to say.
import { announce } from "./announce.js";
import { clock, shortDay } from "./spoken.js";
import { inJakarta, instants } from "./zone.js";

const tools = () => document.querySelector("[data-move-tools]");
export const grid = () => document.querySelector("[data-grid]");
export const chips = "[data-post][data-movable]";

// A word or sentence that the server wrote in the reader's language, by its name in templates/calendar_app/moves/tools.html.
export const word = (name) => tools()?.dataset[name] ?? "";

export function read(chip) {
  const { post, version, at, zone, movable } = chip.dataset;
  return { chip, post, version, at, zone, movable: movable === "1" };
}

export function shifted(at, { days = 0, minutes = 0 }) {
  return new Date(Date.parse(`${at}Z`) + days * 86400000 + minutes * 60000).toISOString().slice(0, 16);
}

export const address = ({ post }) => `/posts/${post}/move/`;

export function query({ zone }, at) {
  const [date, time] = at.split("T");
  return new URLSearchParams({ date, time, zone });
}

// In words: "Kam, 26 Nov", "09.00", "07.00 WIB".
export function words({ zone }, at) {
  const [date, time] = at.split("T");
  const found = zone === "Asia/Jakarta" ? [] : instants(date, time, zone);
  return { day: shortDay(new Date(`${at}Z`), "UTC"), time: clock(time), wib: found.length ? inJakarta(found[0])[0] : "" };
}

// What the move would mean -----------------------------------------------------------------
const NOTHING = { key: "", answer: null, stop: null };
let asked = NOTHING;

function understood(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  const part = page.querySelector("[data-meaning]");
  if (part) {
    return { kind: part.dataset.kind, brief: part.dataset.brief, text: part.querySelector("[data-says]")?.textContent ?? "", shift: part.querySelector("[data-shift]")?.textContent ?? "" };
  }
  const reason = page.querySelector("[data-reason]")?.textContent.trim();
  return reason ? { kind: "refused", brief: word("refused"), text: reason, shift: "" } : null;
}

async function meaning(moved, at, signal) {
  try {
    const response = await fetch(`${address(moved)}?meaning&${query(moved, at)}`, { headers: { "HX-Request": "true" }, signal });
    return response.ok && !response.redirected ? understood(await response.text()) : null;
  } catch (error) {
    return error.name === "AbortError" ? undefined : null;
  }
}

// Null when the server cannot be asked now, undefined when nobody waits for it any more: asking for another time stops the
// question before.
export function ask(moved, at) {
  const key = `${moved.post} ${moved.version} ${at}`;
  if (asked.key === key) return asked.answer;
  asked.stop?.abort();
  const stop = new AbortController();
  const mine = { key, stop };
  mine.answer = meaning(moved, at, stop.signal).then((found) => {
    if (!found && asked === mine) asked = NOTHING;
    return found;
  });
  asked = mine;
  return mine.answer;
}

// The same for a time that was chosen: {answer, stop}. What is asked next lets it be.
export function take(moved, at) {
  ask(moved, at);
  const taken = asked;
  asked = NOTHING;
  return taken;
}

// Where a time is on the page ---------------------------------------------------------------
const seen = (element) => {
  const box = element?.getBoundingClientRect();
  return box?.width && box.height ? box : null;
};

export const days = () => [...new Set([...grid().querySelectorAll("[data-day]")].map((day) => day.dataset.day))];

// By hours where the page has rows of hours, else by days.
export const byHours = () => [...(grid()?.querySelectorAll("[data-hour]") ?? [])].some(seen);

function boxOfDay(date) {
  const day = grid().querySelector(`[data-day="${date}"]`);
  return seen(day?.querySelector("[data-column]")) ?? seen(day);
}

function boxOf(at) {
  const column = boxOfDay(at.slice(0, 10));
  if (!column || !byHours()) return column;
  const row = seen(grid().querySelector(`[data-hour="${Number(at.slice(11, 13))}"]`));
  if (!row) return null;
  return new DOMRect(column.x, row.y + (row.height * Number(at.slice(14))) / 60, column.width, 0);
}

// The time under a point: the day and, where there are rows of hours, the hour with the post's own minutes (with Shift
// the quarter that the point is in). Null beside the days.
export function timeAt(moved, x, y, { quarters = false } = {}) {
  const near = (boxes, from, to, point) => boxes.find(([, box]) => box && point >= box[from] && point < box[to]);
  const own = moved.at.slice(10);
  const found = days().map((date) => [date, boxOfDay(date)]);
  if (!byHours()) {
    const day = found.find(([, box]) => box && x >= box.left && x < box.right && y >= box.top && y < box.bottom);
    return day ? day[0] + own : null;
  }
  const day = near(found, "left", "right", x);
  const row = near([...grid().querySelectorAll("[data-hour]")].map((hour) => [hour.dataset.hour, seen(hour)]), "top", "bottom", y);
  if (!day || !row) return null;
  const minute = quarters ? String(Math.floor(((y - row[1].top) / row[1].height) * 4) * 15).padStart(2, "0") : own.slice(4);
  return `${day[0]}T${row[0].padStart(2, "0")}:${minute}`;
}

// The ghost at the target and the bar that says what it means ---------------------------------
let ghost = null;
let bar = null;
let unfolded = null; // the night, when a target in it opened it

function made(name) {
  const element = tools().querySelector(`[data-${name}-template]`).content.firstElementChild.cloneNode(true);
  document.body.append(element);
  return element;
}

function say(element, name, text) {
  element.querySelector(`[data-${name}]`).textContent = text;
}

// Shows the target; `meant` is null until it is known. With `keys` the bar says which keys do what.
export function show(moved, at, meant, { keys = false, withBar = true } = {}) {
  const night = document.querySelector("details.night:not([open])");
  if (night && byHours() && !boxOf(at)) {
    night.open = true;
    unfolded = night;
  }
  const box = boxOf(at);
  const { day, time, wib } = words(moved, at);
  ghost ??= made("ghost");
  ghost.hidden = !box;
  ghost.dataset.kind = meant?.kind ?? "";
  const theme = /\bth-(\w+)/.exec(moved.chip.outerHTML);
  ghost.className = `gh ${theme?.[0] ?? ""}`;
  say(ghost, "letter", theme?.[1].length === 1 ? theme[1].toUpperCase() : "");
  if (box) {
    const isRow = box.height === 0;
    ghost.classList.toggle("is-day", !isRow);
    Object.assign(ghost.style, { left: `${box.left + scrollX}px`, top: `${box.top + scrollY}px`, width: `${box.width}px`, height: isRow ? "" : `${box.height}px` });
    say(ghost, "day", isRow ? "" : day);
    say(ghost, "time", time);
    say(ghost, "wib", wib);
    say(ghost, "brief", meant?.brief ?? word("target"));
  }
  if (withBar) {
    bar ??= made("bar");
    bar.dataset.kind = meant?.kind ?? "";
    bar.querySelector("[data-keys]").hidden = !keys;
    say(bar, "day", day);
    say(bar, "time", time);
    say(bar, "wib", wib);
    say(bar, "text", meant ? [meant.shift, meant.text].filter(Boolean).join(". ") : "");
  }
  moved.chip.classList.add("is-moving");
}

export function hide(moved) {
  ghost?.remove();
  bar?.remove();
  if (unfolded) unfolded.open = false;
  ghost = bar = unfolded = null;
  moved?.chip.classList.remove("is-moving");
}

export function speak(moved, at, meant) {
  const { day, time, wib } = words(moved, at);
  announce([`${day}, ${time}`, wib, meant?.shift, meant?.text].filter(Boolean).join(". "));
}
