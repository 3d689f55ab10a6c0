// The composer's checklist follows what is typed, and so does the line at the bottom that names what is lacking.
import { fields, isOwn, says } from "./channel.js";
import { spoken } from "./spoken.js";
import { instants } from "./zone.js";

const form = document.querySelector("[data-composer]");
const list = document.querySelector("[data-checklist]");
const language = document.documentElement.lang;
const number = (n) => n.toLocaleString(language);
const row = (name) => list.querySelector(`[data-check="${CSS.escape(name)}"]`);
const invalid = new Map(); // code of a channel → how much is above its limit

function mark(name, state, detail = "") {
  const item = row(name);
  if (!item) return;
  item.className = `ck ck-${state}`;
  item.querySelector("[data-state]").textContent = list.dataset[state];
  item.querySelector("[data-detail]").textContent = detail;
}

function line(name, channel) {
  const made = row("variants").cloneNode(true);
  made.dataset.check = name;
  made.querySelector("[data-label]").textContent = channel.box.dataset.label;
  return made;
}

function chosenThemes() {
  const codes = form.querySelector("[data-themes-order]").value.split(",").filter(Boolean);
  const first = form.elements.first_theme.value || codes[0];
  const box = form.querySelector(`[data-theme][value="${CSS.escape(first ?? "")}"]`);
  if (!box?.checked) return "";
  return box.parentElement.querySelector("[data-name]").textContent.trim() + (codes.length > 1 ? ` +${codes.length - 1}` : "");
}

function time() {
  const [date, clock] = [form.elements.date.value, form.elements.time.value];
  if (!date || !clock) return mark("scheduled_local", "no");
  const found = instants(date, clock, form.querySelector("[data-when]").dataset.zone);
  if (found.length && found[0] <= Date.now()) return mark("scheduled_local", "err", list.dataset.past);
  return mark("scheduled_local", "ok", spoken(date, clock));
}

function texts() {
  const on = fields(form).filter((channel) => channel.on.checked);
  mark("variants", on.length ? "ok" : "no", on.map((channel) => channel.box.dataset.name).join(", "));
  for (const item of list.querySelectorAll('[data-check^="variants."]')) {
    if (!on.some((channel) => item.dataset.check === `variants.${channel.code}`)) item.remove();
  }
  let last = row("variants");
  for (const channel of on) {
    const name = `variants.${channel.code}`;
    if (!row(name)) last.after(line(name, channel));
    last = row(name);
    last.querySelector("a").href = `#${isOwn(channel) ? channel.text.id : "id_main_text"}`;
    const lacking = !says(channel).trim() || (channel.title && !channel.title.value.trim());
    const over = invalid.get(channel.code);
    const words = over ? list.dataset.over.replace("{n}", number(over)) : "";
    mark(name, over === undefined ? (lacking ? "no" : "ok") : "err", words);
  }
}

// "Naskah X, Tema dan 2 lagi belum lengkap", each a link
function bottom() {
  const bar = document.querySelector("[data-lacking]");
  if (!bar) return;
  const open = [...list.querySelectorAll(".ck:not(.ck-ok)")];
  bar.hidden = !open.length;
  bar.classList.toggle("is-err", open.some((item) => item.matches(".ck-err")));
  const link = (text, href) => Object.assign(document.createElement("a"), { textContent: text, href });
  const links = open.slice(0, 2).map((item) => link(item.querySelector("[data-label]").textContent, item.querySelector("a").getAttribute("href")));
  if (open.length > 2) links.push(link(list.dataset.more.replace("{n}", open.length - 2), "#kelengkapan"));
  const said = links.flatMap((one, place) => [place === 0 ? "" : place === links.length - 1 ? ` ${list.dataset.and} ` : ", ", one]);
  bar.querySelector("span").replaceChildren(...said, ` ${list.dataset.open}`);
}

function look() {
  const value = (name) => form.elements[name].value.trim();
  for (const name of ["purpose", "audience", "language"]) mark(name, value(name) ? "ok" : "no");
  mark("themes", form.querySelector("[data-theme]:checked") ? "ok" : "no", chosenThemes());
  texts();
  time();
  document.querySelector("[data-complete]").textContent = list.querySelectorAll(".ck-ok").length;
  document.querySelector("[data-complete-of]").textContent = list.querySelectorAll(".ck").length;
  bottom();
}

if (form && list) {
  for (const channel of fields(form)) if (channel.text.matches("[aria-invalid]")) invalid.set(channel.code, 0);
  form.addEventListener("counted", ({ target, detail }) => {
    if (detail.valid) invalid.delete(target.dataset.channel);
    else invalid.set(target.dataset.channel, detail.over);
    look();
  });
  for (const event of ["input", "change"]) form.addEventListener(event, look);
  // A link of the index puts the cursor where there is something to do: a closed text is opened, not jumped past.
  document.addEventListener("click", (event) => {
    const target = event.target.closest("[data-checklist] a, [data-lacking] a, .lack a")?.hash.slice(1);
    const field = target && document.getElementById(target);
    if (!field || !form.contains(field)) return;
    event.preventDefault();
    field.focus({ preventScroll: true });
    field.scrollIntoView({ block: field.matches("section") ? "start" : "center" });
  });
}
