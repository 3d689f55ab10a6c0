// <div data-when data-zone="Asia/Tokyo"> with date and time inputs: shows Jakarta's time beside them while typing.
import { inJakarta, instants } from "./zone.js";

for (const box of document.querySelectorAll("[data-when]")) {
  const [date, time] = [box.querySelector("[name=date]"), box.querySelector("[name=time]")];
  const out = box.querySelector("[data-when-wib]");
  const empty = out.textContent.includes("WIB") ? "" : out.textContent;
  const show = () => {
    const found = date.value && time.value ? instants(date.value, time.value, box.dataset.zone) : [];
    const strong = document.createElement("b");
    const small = document.createElement("span");
    small.className = "muted small";
    // where the clock shows the time twice, the server asks which; until then both are said
    strong.textContent = found.map((instant) => inJakarta(instant)[0]).join(" / ");
    const same = found.length && found[0].toLocaleDateString("en-CA", { timeZone: "Asia/Jakarta" }) === date.value;
    small.textContent = found.length ? (same ? `${box.dataset.same}, ` : "") + inJakarta(found[0])[1] : empty;
    out.replaceChildren(strong, small);
  };
  // Another time is another question: a choice between two readings of the old one no longer holds.
  const ask = () => {
    for (const radio of document.querySelectorAll("[data-fold] input")) radio.checked = false;
    show();
  };
  for (const field of [date, time]) field.addEventListener("input", ask);
  // A date that is half typed would be sent as none: say so instead of losing it.
  date.form.addEventListener("submit", (event) => {
    const broken = [date, time].find((field) => field.validity.badInput);
    if (!broken) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    broken.reportValidity();
  }, true);
}
