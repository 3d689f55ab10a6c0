// One primary button at a time: copy, then open, then confirm. What is done is ticked, and remembered while the tab lives:
// a phone that went to the network's app may load this page anew when the person comes back.
import { toast } from "./toast.js";

const ORDER = ["copy", "open", "confirm"];
const channel = document.querySelector("[data-steps]");
const key = `selaras:step:${channel?.dataset.steps}`;
const step = (name) => channel.querySelector(`[data-step="${name}"]`);

// What was done on this page: "copy", "open" or both.
function remembered() {
  try {
    return (sessionStorage.getItem(key) ?? "").split(",");
  } catch {
    return [];
  }
}

const ticks = new Set(remembered());
const last = () => ORDER.findLast((name) => ticks.has(name));
const tick = () => { for (const one of channel.querySelectorAll("[data-done]")) one.hidden = !ticks.has(one.dataset.done); };

// The step that is there after `name` is the primary one, and stands where the thumb is.
function after(name, moves) {
  const next = ORDER.slice(ORDER.indexOf(name) + 1).map(step).find(Boolean);
  for (const one of ORDER) step(one)?.classList.toggle("btn-primary", step(one) === next);
  if (moves) next.scrollIntoView({ block: "nearest", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
}

function done(name) {
  ticks.add(name);
  tick();
  after(last(), true);
  try {
    sessionStorage.setItem(key, [...ticks].join());
  } catch {
    // private mode: the steps are still on the page
  }
}

async function paste(button) {
  const link = channel.querySelector("[data-link]");
  let text = "";
  try {
    text = (await navigator.clipboard.readText()).trim();
  } catch {
    return link.focus(); // not allowed: the person pastes by hand
  }
  if (!/^https?:\/\/\S+$/.test(text)) return toast(button.dataset.noLink);
  link.value = text;
  link.dispatchEvent(new Event("input", { bubbles: true }));
  return step("confirm").focus();
}

if (channel) {
  tick();
  if (last()) after(last(), false);
  channel.addEventListener("copied", (event) => event.target.dataset.step === "copy" && done("copy"));
  channel.addEventListener("click", ({ target }) => {
    if (target.closest("[data-step=open]")) done("open");
    const button = target.closest("[data-paste]");
    if (button) paste(button);
  });
  const button = channel.querySelector("[data-paste]");
  if (button && !navigator.clipboard?.readText) button.hidden = true;
  // A link that is there is the answer: the box that says there is none no longer holds, nor the other way round.
  const [link, none] = [channel.querySelector("[data-link]"), channel.querySelector("input[data-no-link]")];
  link?.addEventListener("input", () => {
    if (link.value.trim()) none.checked = false;
    after("open", false);
  });
  none?.addEventListener("change", () => none.checked && after("open", false));
}

// The minutes that are left, and the bar under them.
const box = document.querySelector("[data-until]");
if (box) {
  const ahead = Number(box.dataset.now) * 1000 - Date.now();
  const [from, until] = [Number(box.dataset.from) * 1000, Number(box.dataset.until) * 1000];
  const show = () => {
    const now = Date.now() + ahead;
    const left = Math.max(0, Math.floor((until - now) / 60000));
    box.querySelector("[data-hours]").textContent = String(Math.floor(left / 60));
    box.querySelector("[data-minutes]").textContent = String(left % 60);
    const gone = String(Math.min(100, Math.max(0, ((now - from) / (until - from)) * 100)));
    document.querySelector(".db-f")?.setAttribute("width", gone);
    document.querySelector(".db-n")?.setAttribute("x", gone);
    // its time has come, and nobody is in the middle of something
    if ("early" in box.dataset && now >= until && !channel?.querySelector("[data-link]")?.value) location.reload();
  };
  setInterval(show, 10000);
}
