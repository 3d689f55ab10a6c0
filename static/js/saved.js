// Where the text of this page is safe: on the server, or so far in a copy on this device (dirty.js: "kept").
import { clock } from "./spoken.js";

const line = document.querySelector("[data-saved]");

if (line) {
  const text = line.querySelector("[data-saved-text]");
  const before = [...text.childNodes];
  const zone = document.querySelector("[data-when]")?.dataset.zone;
  let said = "";
  document.addEventListener("kept", ({ detail }) => {
    const time = clock(new Date().toLocaleTimeString("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit" }));
    const words = !detail.dirty ? "" : detail.kept ? line.dataset.device.replace("{time}", time) : line.dataset.nowhere;
    if (words === said) return;
    said = words;
    line.classList.toggle("is-local", detail.dirty);
    text.replaceChildren(...(words ? [words] : before));
  });
}
