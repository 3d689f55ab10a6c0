// The composer beside its counters: the order of themes, texts of one's own for single channels, the title on top.
import { fields, isOwn } from "./channel.js";

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
    first.closest(".field").classList.toggle("is-many", chosen.length > 1);
    for (const branch of form.querySelectorAll("[data-branch]")) {
      const n = branch.querySelectorAll("[data-theme]:checked").length;
      branch.querySelector("[data-branch-count]").textContent = n ? String(n) : "";
    }
  };
  for (const box of boxes) box.addEventListener("change", follow);
  follow();
}

// Channels say the main text until they are given one of their own; going back to the main one keeps theirs at hand --
function channels() {
  const main = form.querySelector("[data-main-text]");
  const put = (channel, text) => {
    channel.text.value = text;
    channel.text.dispatchEvent(new Event("input", { bubbles: true }));
  };
  for (const channel of fields(form)) {
    const { box, text } = channel;
    const adapt = box.querySelector("[data-adapt]");
    let kept = "";
    adapt.addEventListener("click", () => {
      box.classList.add("is-own");
      if (!isOwn(channel)) put(channel, kept || main.value);
      text.focus();
    });
    box.querySelector("[data-follow]").addEventListener("click", () => {
      kept = text.value;
      box.classList.remove("is-own");
      put(channel, "");
      adapt.focus();
    });
    text.addEventListener("input", () => isOwn(channel) && box.classList.add("is-own"));
  }
}

function title() {
  const shown = form.querySelector("[data-title]");
  form.elements.title.addEventListener("input", () => {
    shown.textContent = form.elements.title.value.trim() || shown.dataset.new;
  });
}

if (form) {
  themes();
  channels();
  title();
}
