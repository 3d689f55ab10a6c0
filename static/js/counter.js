// The length of each text as its network counts it. The figure that counts is the server's (data-count-url); until it
// arrives, or offline, the browser's own estimate stands there, and says that it is one.
import { field } from "./channel.js";

const form = document.querySelector("[data-count-url]");
const language = document.documentElement.lang;
const segmenter = Intl.Segmenter ? new Intl.Segmenter(language, { granularity: "grapheme" }) : null;
const WAIT = 350;

function graphemes(text) {
  if (!segmenter) return [...text].length;
  let n = 0;
  for (const _part of segmenter.segment(text)) n += 1;
  return n;
}

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

function show(channel, length, unit, isOver, isGuess) {
  const { count } = channel;
  const limit = Number(count.dataset.limit) || 0;
  const parts = [length.toLocaleString(language)];
  if (limit) {
    const small = document.createElement("span");
    small.className = "cnt-l";
    small.textContent = `/${limit.toLocaleString(language)}`;
    parts.push(small);
  }
  if (unit) parts.push(` ${unit}`);
  count.replaceChildren(...parts);
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
  channel.box.dispatchEvent(new CustomEvent("counted", { bubbles: true, detail: { valid: !errors.length } }));
}

async function ask(channel) {
  channel.asked?.abort();
  channel.asked = new AbortController();
  const body = new URLSearchParams({ network: channel.box.dataset.channel, text: channel.text.value, title: channel.title?.value ?? "" });
  try {
    const response = await fetch(form.dataset.countUrl, {
      method: "POST",
      body,
      headers: { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
      signal: channel.asked.signal,
    });
    if (!response.ok || !response.headers.get("content-type")?.includes("json")) return;
    const counted = await response.json();
    show(channel, counted.length, counted.unit, !counted.valid, false);
    complain(channel, counted.errors);
  } catch {
    // offline, or asked again: the estimate stays
  }
}

for (const box of form?.querySelectorAll("[data-channel]") ?? []) {
  const channel = field(box);
  const typed = () => {
    const text = channel.text.value.replace(/\s+$/, "").normalize("NFC");
    const length = (ESTIMATES[box.dataset.channel] ?? graphemes)(text);
    const limit = Number(channel.count.dataset.limit) || Infinity;
    show(channel, length, "", length > limit, true);
    clearTimeout(channel.timer);
    channel.timer = setTimeout(() => ask(channel), WAIT);
  };
  channel.text.addEventListener("input", typed);
  channel.title?.addEventListener("input", typed);
}
// What was typed offline is counted once the line is back.
window.addEventListener("online", () => {
  for (const box of form?.querySelectorAll("[data-channel]") ?? []) {
    if (box.querySelector(".cnt-guess")) ask(field(box));
  }
});
