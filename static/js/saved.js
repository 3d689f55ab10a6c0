// Where the text of this page is safe: on the server, or so far in a copy on this device (dirty.js: "kept").
import { clockOf } from "./spoken.js";

const line = document.querySelector("[data-saved]");

if (line) {
  const text = line.querySelector("[data-saved-text]");
  const before = [...text.childNodes];
  const zone = document.querySelector("[data-when]")?.dataset.zone;
  const local = line.classList.contains("is-local");
  let said = "";
  document.addEventListener("kept", ({ detail }) => {
    const time = clockOf(new Date(), zone);
    const words = !detail.dirty ? "" : detail.kept ? line.dataset.device.replace("{time}", time) : line.dataset.nowhere;
    if (words === said) return;
    said = words;
    line.classList.toggle("is-local", detail.dirty || local);
    text.replaceChildren(...(words ? [words] : before));
  });
}
