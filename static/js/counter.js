// The length of each text as its network counts it. The figure that counts is the server's (data-count-url), asked once
// for all channels; until it arrives, or offline, the browser's own estimate stands there, and says that it is one.
//
// Each answer is told as an event "counted" on the channel: {valid, over, fits, text, guess}. `fits` is how many UTF-16
// units of `text` go out.
import { fields, normal, says } from "./channel.js";

const form = document.querySelector("[data-count-url]");
const language = document.documentElement.lang;
const segmenter = Intl.Segmenter ? new Intl.Segmenter(language, { granularity: "grapheme" }) : null;
const WAIT = 350;
const AGAIN = 8000;
const waiting = new Set();
let timer = 0;
let asked = null;

const parts = (text) => (segmenter ? [...segmenter.segment(text)].map((part) => part.segment) : [...text]);
const utf8 = (text) => new TextEncoder().encode(text).length;

// Near enough to write by; what each network really counts is calendar_app/networks.py.
const ESTIMATES = {
  x: (text) => [...text.replace(/https?:\/\/\S+/g, "x".repeat(23))].reduce((sum, sign) => sum + (sign.codePointAt(0) <= 0x10ff || (sign >= "\u2000" && sign <= "\u2037") ? 1 : 2), 0),
  instagram: (text) => [...text].length,
  linkedin: (text) => [...text].length,
  telegram: (text) => text.length,
  tiktok: (text) => text.length,
  youtube: utf8,
};
const measure = (channel, text) => (ESTIMATES[channel.code] ?? ((words) => parts(words).length))(text);

function cut(channel, text, limit) {
  const pieces = parts(text);
  let [low, high] = [0, pieces.length];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (measure(channel, pieces.slice(0, middle).join("")) <= limit) low = middle;
    else high = middle - 1;
  }
  return pieces.slice(0, low).join("").length;
}

function show(channel, length, unit, isOver, isGuess) {
  const { count } = channel;
  const limit = Number(count.dataset.limit) || 0;
  const span = (name, text) => Object.assign(document.createElement("span"), { className: name, textContent: text });
  const shown = [length.toLocaleString(language)];
  if (limit) shown.push(span("cnt-l", `/${limit.toLocaleString(language)}`));
  if (unit) shown.push(" ", span("cnt-u", unit));
  count.replaceChildren(...shown);
  count.classList.toggle("is-over", isOver);
  count.classList.toggle("cnt-guess", isGuess);
}

function complain(channel, errors) {
  const rows = errors.map((error) => {
    const row = document.querySelector("[data-error-template]").content.firstElementChild.cloneNode(true);
    row.querySelector("span").textContent = error;
    return row;
  });
  channel.errors.replaceChildren(...rows);
  if (errors.length) channel.text.setAttribute("aria-invalid", "true");
  else channel.text.removeAttribute("aria-invalid");
}

function tell(channel, detail) {
  channel.box.dispatchEvent(new CustomEvent("counted", { bubbles: true, detail }));
}

function guess(channel) {
  const text = normal(says(channel));
  const limit = Number(channel.count.dataset.limit) || Infinity;
  const length = measure(channel, text);
  show(channel, length, "", length > limit, true);
  tell(channel, { valid: length <= limit, over: Math.max(0, length - limit), fits: length > limit ? cut(channel, text, limit) : text.length, text, guess: true });
}

function take(channel, counted, text) {
  show(channel, counted.length, counted.unit, !counted.valid, false);
  complain(channel, counted.errors);
  const over = counted.limit ? Math.max(0, counted.length - counted.limit) : 0;
  tell(channel, { valid: counted.valid, over, fits: counted.fits, text: counted.text ?? text, guess: false });
}

async function ask() {
  asked?.abort();
  asked = new AbortController();
  const sent = fields(form).filter((channel) => waiting.has(channel.code)).map((channel) => ({ channel, text: normal(says(channel)) }));
  if (!sent.length) return;
  const body = new URLSearchParams({ main_text: normal(form.querySelector("[data-main-text]").value) });
  for (const { channel } of sent) {
    body.append("networks", channel.code);
    body.append(`text_${channel.code}`, normal(channel.text.value));
    body.append(`title_${channel.code}`, channel.title?.value ?? "");
  }
  try {
    const response = await fetch(form.dataset.countUrl, {
      method: "POST",
      body,
      headers: { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
      signal: asked.signal,
    });
    if (!response.ok || !response.headers.get("content-type")?.includes("json")) return;
    const answer = await response.json();
    for (const { channel, text } of sent) {
      if (text !== normal(says(channel))) continue;
      waiting.delete(channel.code);
      take(channel, answer[channel.code], text);
    }
  } catch (error) {
    // asked again, or the line broke: the estimate stays until an answer comes
    if (error.name === "AbortError") return;
    clearTimeout(timer);
    timer = setTimeout(ask, AGAIN);
  }
}

function typed(channels) {
  for (const channel of channels.filter((one) => one.on.checked)) {
    waiting.add(channel.code);
    guess(channel);
  }
  clearTimeout(timer);
  timer = setTimeout(ask, WAIT);
}

if (form) {
  const channels = fields(form);
  for (const channel of channels) {
    for (const input of [channel.text, channel.title]) input?.addEventListener("input", () => typed([channel]));
    channel.on.addEventListener("change", () => channel.on.checked && typed([channel]));
  }
  form.querySelector("[data-main-text]").addEventListener("input", () => typed(channels.filter((channel) => !channel.text.value.trim())));
  // What was typed offline is counted once the line is back.
  window.addEventListener("online", ask);
}
