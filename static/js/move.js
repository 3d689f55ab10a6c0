// Moving a post: the dialog with day and time, sending a move, the way back, and the calendar as it is afterwards.
import { announce, sentence } from "./announce.js";
import { single } from "./keys.js";
import { address, chips, hide, query, read, show, take, word } from "./move-target.js";
import { toast } from "./toast.js";
import { begin, end } from "./wait.js";

const PART = { "HX-Request": "true" };
const PAUSE = 250;
const HEAD = 110; // what bars and heads cover at the top, and at the bottom of phones
const dialog = () => document.querySelector("[data-move-dialog]");
const root = () => document.querySelector("[data-renew]");
const parsed = (html) => new DOMParser().parseFromString(html, "text/html");
const chipOf = (post) => root()?.querySelector(`[data-post="${post}"]`);
const handle = (chip) => (chip?.matches("a") ? chip : chip?.querySelector("a[href]"));

// Asks the server. Null when it cannot be reached, which is said here, with `again` as the way to try once more; and when
// somebody stopped waiting, or has to sign in again.
async function call(url, { body, button, again } = {}) {
  const stop = new AbortController();
  begin(stop, button ?? null, () => stop.abort());
  try {
    const headers = body ? { ...PART, "X-CSRFToken": word("csrf") } : PART;
    const response = await fetch(url, { method: body ? "POST" : "GET", body, headers, signal: stop.signal });
    if (response.redirected) {
      location.assign(response.url);
      return null;
    }
    return { status: response.status, html: await response.text() };
  } catch (error) {
    if (error.name !== "AbortError") toast(sentence("offline"), again && { verb: sentence("again"), action: again });
    return null;
  } finally {
    end(stop);
  }
}

// The calendar as it is now ---------------------------------------------------------------
async function renew(post) {
  const old = root();
  if (!old) return;
  const found = await fetch(location.href).then(async (response) => (response.ok && !response.redirected ? parsed(await response.text()) : null)).catch(() => null);
  const fresh = found?.querySelector("[data-renew]");
  if (!fresh) return;
  const open = [...old.querySelectorAll("details")].map((details) => details.open);
  const held = old.contains(document.activeElement) || document.activeElement === document.body;
  old.replaceChildren(...fresh.childNodes);
  old.querySelectorAll("details").forEach((details, place) => { details.open ||= open[place] ?? false; });
  window.htmx?.process(old);
  old.dispatchEvent(new CustomEvent("renewed", { bubbles: true }));
  const chip = chipOf(post);
  chip?.classList.add("is-moved");
  const place = chip?.getBoundingClientRect();
  if (place && (place.top < HEAD || place.bottom > innerHeight - HEAD)) chip.scrollIntoView({ block: "center" });
  if (held) (handle(chip) ?? document.getElementById("isi"))?.focus({ preventScroll: true });
}

let said = null; // the last move's message, with its way back

// After the server's yes: say it, offer the way back, show the calendar anew.
async function done(html) {
  const made = parsed(html).querySelector("[data-moved]");
  if (!made) return;
  const form = made.querySelector("form");
  const text = made.querySelector("span").textContent;
  const back = form && { verb: form.querySelector("button").textContent, action: () => undo(form.getAttribute("action"), new FormData(form)) };
  said?.remove();
  said = toast(text, { ...back, good: true });
  said?.querySelector("[data-verb]")?.setAttribute("aria-keyshortcuts", "Control+Z");
  await renew(made.dataset.moved);
}

async function undo(url, body) {
  const answer = await call(url, { body, again: () => undo(url, body) });
  if (!answer) return;
  if (answer.status === 200) await done(answer.html);
  else {
    toast(parsed(answer.html).querySelector("[data-reason], .error, [data-says]")?.textContent.trim() || sentence("failed"));
    await renew(null);
  }
}

// Ctrl+Z is the way back, as long as it is offered.
document.addEventListener("keydown", (event) => {
  const button = said?.isConnected && said.querySelector("[data-verb]");
  if (!button || event.key.toLowerCase() !== "z" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
  if (event.target.closest?.("input, textarea, select, [contenteditable]")) return;
  event.preventDefault();
  button.click();
});

// Do the move that keys or a drag chose. Answers whether the post left its place.
export async function drop(moved, at) {
  const { answer, stop } = take(moved, at);
  begin(stop, null, () => stop.abort());
  const meant = await answer;
  end(stop);
  if (meant === undefined) return false; // stopped by hand
  if (!meant) toast(sentence("offline"), { verb: sentence("again"), action: () => drop(moved, at) });
  else if (meant.kind === "refused") toast(meant.text);
  else if (meant.kind === "review" || meant.kind === "ask") await open(moved, at);
  else if (meant.kind === "stays") return send(moved, at);
  return false;
}

async function send(moved, at) {
  const body = query(moved, at);
  body.set("version", moved.version);
  const answer = await call(address(moved), { body, again: () => send(moved, at) });
  if (answer?.status === 200) {
    await done(answer.html);
    return true;
  }
  if (answer) present(moved, answer.html);
  return false;
}

// The dialog ------------------------------------------------------------------------------
let current = null; // the post that the dialog is about

export async function open(moved, at) {
  const url = `${address(moved)}?${at ? query(moved, at) : new URLSearchParams({ zone: moved.zone })}`;
  const answer = await call(url, { again: () => open(moved, at) });
  if (answer) present(moved, answer.html);
}

function present(moved, html) {
  const box = dialog();
  if (!parsed(html).querySelector(".mv")) {
    toast(sentence("failed"));
    return;
  }
  box.replaceChildren(...parsed(html).body.childNodes);
  current = moved;
  if (!box.open) box.showModal();
  follow();
  beside(box, moved.chip);
  // what needs an answer first, then the first field
  for (const place of [".mv:not(form) .btns a", "[aria-invalid]", "[data-kind=review] button", "input[type=date]"]) {
    const found = box.querySelector(place);
    found?.focus();
    if (found) break;
  }
}

// Next to the post, and to the ghost, where there is room; style sheets put it at the bottom of phones.
function beside(box, chip) {
  const room = 8;
  const shown = [chip, document.querySelector(".gh:not([hidden])")].filter(Boolean).map((element) => element.getBoundingClientRect());
  const right = Math.max(...shown.map((from) => from.right)) + room;
  const left = right + box.offsetWidth <= innerWidth - room ? right : Math.max(room, Math.min(...shown.map((from) => from.left)) - box.offsetWidth - room);
  const top = Math.max(room, Math.min(shown[0].top, innerHeight - box.offsetHeight - room));
  box.style.setProperty("--left", `${left}px`);
  box.style.setProperty("--top", `${top}px`);
}

const chosen = (form) => (form.elements.date.value && form.elements.time.value ? `${form.elements.date.value}T${form.elements.time.value.slice(0, 5)}` : null);

// The ghost shows on the calendar what the fields say.
function follow() {
  const form = dialog()?.querySelector("[data-move-form]");
  const at = form && chosen(form);
  const part = form?.querySelector("[data-meaning]");
  if (!current || !at || at === current.at || !document.querySelector("[data-grid]")) hide(current);
  else show(current, at, { kind: part.dataset.kind, brief: part.dataset.brief }, { withBar: false });
  current?.chip.classList.add("is-moving");
  if (covers(dialog(), document.querySelector(".gh:not([hidden])"))) beside(dialog(), current.chip);
}

function covers(box, ghost) {
  if (!box || !ghost) return false;
  const [over, under] = [box, ghost].map((element) => element.getBoundingClientRect());
  return over.left < under.right && under.left < over.right && over.top < under.bottom && under.top < over.bottom;
}

let timer = 0;

async function mean(form) {
  const fields = new FormData(form);
  for (const name of ["csrfmiddlewaretoken", "version"]) fields.delete(name);
  const key = (form.dataset.asked = new URLSearchParams(fields).toString());
  const response = await fetch(`${form.getAttribute("action")}?meaning&${key}`, { headers: PART }).catch(() => null);
  if (!response || response.redirected || form.dataset.asked !== key) return;
  const part = parsed(await response.text()).querySelector("[data-meaning]");
  if (!part || form.dataset.asked !== key) return;
  const focused = form.querySelector("[data-meaning]").contains(document.activeElement) ? document.activeElement : null;
  form.querySelector("[data-meaning]").replaceWith(part);
  if (focused) (part.querySelector(`[name="${focused.name}"][value="${focused.value}"]`) ?? part.querySelector("button")).focus();
  form.querySelector("[data-move-says]").textContent = [...part.querySelectorAll("[data-elsewhere], [data-shift], [data-says]")].map((line) => line.textContent.trim()).filter(Boolean).join(". ");
  if (dialog()?.contains(form)) follow();
}

for (const kind of ["input", "change"]) {
  document.addEventListener(kind, (event) => {
    const form = event.target.closest?.("[data-move-form]");
    if (!form || event.target.type === "hidden") return;
    clearTimeout(timer);
    timer = setTimeout(() => mean(form), PAUSE);
  });
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("[data-move-dialog] [data-move-form]")) return;
  event.preventDefault();
  if (form.ariaBusy) return; // under way already
  clearTimeout(timer);
  const body = new FormData(form);
  if (event.submitter?.name) body.set(event.submitter.name, event.submitter.value);
  form.ariaBusy = "true";
  const answer = await call(form.getAttribute("action"), { body, button: event.submitter });
  form.ariaBusy = null;
  if (!answer) return;
  if (answer.status === 200) {
    dialog().close();
    await done(answer.html);
  } else if (current) present(current, answer.html);
});

document.addEventListener("click", (event) => {
  if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || !dialog()) return;
  const link = event.target.closest("[data-move]");
  const chip = link?.closest(chips);
  if (chip) {
    event.preventDefault();
    open(read(chip));
  } else if (event.target.closest("[data-move-dialog] [data-move-close]") || event.target === dialog()) {
    event.preventDefault();
    dialog().close();
  }
});

// M where there are no days and hours to walk through: the dialog. On a grid, move-keys.js begins a walk.
document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "m" || event.shiftKey || !single(event) || !dialog()) return;
  const chip = event.target.closest?.(chips);
  if (!chip) return;
  event.preventDefault();
  open(read(chip));
});

function closed() {
  clearTimeout(timer);
  hide(current);
  const chip = current && chipOf(current.post);
  current = null;
  if (document.activeElement === document.body || dialog().contains(document.activeElement)) handle(chip)?.focus({ preventScroll: true });
  announce("");
}

document.addEventListener("close", (event) => event.target === dialog() && closed(), true);
