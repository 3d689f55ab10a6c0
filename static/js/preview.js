// How each chosen channel will look, in no network's clothes: follows the text, and strikes what does not go out.
import { fields, normal, says } from "./channel.js";
import { spoken } from "./spoken.js";

const box = document.querySelector("[data-preview]");
const form = document.querySelector("[data-composer]");
const language = document.documentElement.lang;
const MARKED = /https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]}'’”]|[#＃@][\p{L}\p{M}\p{N}_]+(?:\.[\p{L}\p{N}_]+)*/gu;
const counted = new Map(); // code of a channel → what counter.js said last
let current = "";

function when() {
  const [date, time] = [form.elements.date.value, form.elements.time.value];
  return date && time ? spoken(date, time) : box.dataset.unset;
}

function piece(text, name, tag = "span") {
  if (!name && tag === "span") return text;
  return Object.assign(document.createElement(tag), { className: name, textContent: text });
}

// The text with links and hashtags marked, and everything behind `fits` struck.
function written(text, fits) {
  const made = [];
  const add = (start, end, name) => {
    const edge = Math.min(Math.max(fits, start), end);
    if (edge > start) made.push(piece(text.slice(start, edge), name));
    if (end > edge) made.push(piece(text.slice(edge, end), "pv-over", "s"));
  };
  let done = 0;
  for (const match of text.matchAll(MARKED)) {
    add(done, match.index, "");
    add(match.index, match.index + match[0].length, "pv-link");
    done = match.index + match[0].length;
  }
  add(done, text.length, "");
  return made;
}

function tabs(on) {
  const strip = box.querySelector("[data-preview-tabs]");
  const have = [...strip.children].map((tab) => tab.dataset.code);
  const want = on.map((channel) => channel.code);
  if (have.join() !== want.join()) {
    strip.replaceChildren(...on.map((channel) => {
      const tab = box.querySelector("[data-preview-tab]").content.firstElementChild.cloneNode(true);
      tab.dataset.code = channel.code;
      tab.querySelector("span").textContent = channel.box.dataset.name;
      tab.querySelector("input").value = channel.code;
      return tab;
    }));
  }
  for (const tab of strip.children) {
    tab.querySelector("input").checked = tab.dataset.code === current;
    const known = counted.get(tab.dataset.code);
    tab.classList.toggle("is-err", Boolean(known && known.fits < known.text.length));
  }
}

function note(channel, known, text) {
  const said = [];
  if (known.fits < text.length) {
    const over = box.querySelector("[data-preview-over]").content.firstElementChild.cloneNode(true);
    over.querySelector("span").textContent = box.dataset.over.replace("{limit}", Number(channel.count.dataset.limit).toLocaleString(language));
    said.push(over);
    if (known.guess) said.push(` ${box.dataset.guess}`);
  }
  box.querySelector("[data-preview-note]").replaceChildren(...said);
}

function look() {
  const on = fields(form).filter((channel) => channel.on.checked);
  if (!on.some((channel) => channel.code === current)) current = on[0]?.code ?? "";
  tabs(on);
  const channel = on.find((one) => one.code === current);
  const card = box.querySelector("[data-preview-card]");
  card.hidden = !channel;
  if (!channel) return box.querySelector("[data-preview-note]").replaceChildren(box.dataset.none);
  const { name } = channel.box.dataset;
  const typed = normal(says(channel));
  const known = counted.get(channel.code) ?? { text: typed, fits: Number(channel.count.dataset.fits ?? typed.length), guess: false };
  box.querySelector("[data-preview-sub]").textContent = `${name} · ${when()}`;
  const title = box.querySelector("[data-preview-title]");
  title.hidden = !channel.title?.value.trim();
  title.textContent = channel.title?.value ?? "";
  const text = box.querySelector("[data-preview-text]");
  text.lang = title.lang = form.elements.language.value;
  text.classList.toggle("muted", !known.text);
  text.replaceChildren(...(known.text ? written(known.text, known.fits) : [box.dataset.empty.replace("{name}", name)]));
  return note(channel, known, known.text);
}

if (box && form) {
  form.addEventListener("counted", ({ target, detail }) => {
    counted.set(target.dataset.channel, detail);
    look();
  });
  for (const event of ["input", "change"]) form.addEventListener(event, look);
  form.addEventListener("focusin", ({ target }) => {
    const channel = target.closest("[data-channel]");
    if (!channel?.querySelector("[name=networks]").checked) return;
    current = channel.dataset.channel;
    look();
  });
  box.addEventListener("change", ({ target }) => {
    current = target.value;
    look();
  });
  look();
}
