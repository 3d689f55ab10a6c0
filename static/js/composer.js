// The composer beside its counters: order of themes, the checklist, one text for several channels.
import { field } from "./channel.js";

const form = document.querySelector("[data-composer]");

// Themes: the order in which they are chosen is the order in which they are proposed ------
function themes() {
  const hidden = form.querySelector("[data-themes-order]");
  const boxes = [...form.querySelectorAll("[data-theme]")];
  const first = form.elements.first_theme;
  const follow = () => {
    const chosen = boxes.filter((box) => box.checked).map((box) => box.value);
    const order = hidden.value.split(",").filter((code) => chosen.includes(code));
    order.push(...chosen.filter((code) => !order.includes(code)));
    hidden.value = order.join(",");
    for (const option of first.options) option.hidden = option.value !== "" && !chosen.includes(option.value);
    for (const group of first.querySelectorAll("optgroup")) group.hidden = ![...group.children].some((option) => !option.hidden);
    if (first.value && !chosen.includes(first.value)) first.value = "";
    first.closest(".field").hidden = chosen.length < 2;
    for (const branch of form.querySelectorAll("[data-branch]")) {
      const n = branch.querySelectorAll("[data-theme]:checked").length;
      branch.querySelector("[data-branch-count]").textContent = n ? String(n) : "";
    }
  };
  for (const box of boxes) box.addEventListener("change", follow);
  follow();
}

// The checklist follows what is typed ------------------------------------------------------
function checklist() {
  const list = document.querySelector("[data-checklist]");
  const invalid = new Set();
  const mark = (name, state) => {
    const row = list.querySelector(`[data-check="${CSS.escape(name)}"]`);
    if (!row) return;
    row.className = `ck ck-${state}`;
    row.querySelector("[data-state]").textContent = list.dataset[state];
  };
  const line = (name, channel) => {
    const row = list.querySelector("[data-check]").cloneNode(true);
    row.dataset.check = name;
    row.querySelector("a").href = `#${channel.text.id}`;
    row.querySelector("a > span:last-child").firstChild.textContent = channel.box.dataset.name;
    return row;
  };
  const look = () => {
    const value = (name) => form.elements[name]?.value.trim();
    for (const name of ["purpose", "audience", "language"]) mark(name, value(name) ? "ok" : "no");
    mark("themes", form.querySelector("[data-theme]:checked") ? "ok" : "no");
    mark("variants", form.querySelector("[name=networks]:checked") ? "ok" : "no");
    mark("scheduled_local", value("date") && value("time") ? "ok" : "no");
    let last = list.querySelector('[data-check="variants"]');
    for (const box of form.querySelectorAll("[data-channel]")) {
      const channel = field(box);
      const name = `variants.${box.dataset.channel}`;
      let row = list.querySelector(`[data-check="${CSS.escape(name)}"]`);
      if (!channel.on.checked) {
        row?.remove();
        continue;
      }
      if (!row) last.after((row = line(name, channel)));
      last = row;
      const lacking = !channel.text.value.trim() || (channel.title && !channel.title.value.trim());
      mark(name, invalid.has(box.dataset.channel) ? "err" : lacking ? "no" : "ok");
    }
  };
  for (const box of form.querySelectorAll("[data-channel] [data-channel-text][aria-invalid]")) invalid.add(box.closest("[data-channel]").dataset.channel);
  form.addEventListener("counted", (event) => {
    const code = event.target.dataset.channel;
    if (event.detail.valid) invalid.delete(code);
    else invalid.add(code);
    look();
  });
  for (const event of ["input", "change"]) form.addEventListener(event, look);
}

// One text for every channel that has none yet ---------------------------------------------
function fill() {
  const channels = [...form.querySelectorAll("[data-channel]")].map(field);
  const others = (channel) => channels.filter((other) => other !== channel && other.on.checked && !other.text.value.trim());
  const look = () => {
    for (const channel of channels) {
      channel.box.querySelector("[data-fill-others]").hidden = !channel.text.value.trim() || !others(channel).length;
    }
  };
  for (const channel of channels) {
    channel.box.querySelector("[data-fill-others]").addEventListener("click", () => {
      for (const other of others(channel)) {
        other.text.value = channel.text.value;
        other.text.dispatchEvent(new Event("input", { bubbles: true }));
      }
      look();
    });
  }
  for (const event of ["input", "change"]) form.addEventListener(event, look);
  look();
}

if (form) {
  themes();
  checklist();
  fill();
}
