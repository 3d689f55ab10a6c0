// <button data-copy="id-of-element">: copies that element's text as it stands (data-copy-text wins), and says so.
// The button shows its data-copied-label for a moment. Without the clipboard the text is selected instead.
import { announce, sentence } from "./announce.js";
import { toast } from "./toast.js";

async function copy(button) {
  const source = button.dataset.copy ? document.getElementById(button.dataset.copy) : null;
  // textContent and value, not innerText: what goes out is what was approved, to the last line break
  const text = button.dataset.copyText ?? source?.value ?? source?.textContent ?? "";
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    if (source) {
      if (source.select) source.select();
      else getSelection().selectAllChildren(source);
    }
    toast(sentence("notCopied"));
    return;
  }
  announce(sentence("copied"));
  button.dispatchEvent(new CustomEvent("copied", { bubbles: true }));
  const label = button.querySelector("[data-label]") ?? button;
  if (!button.dataset.copiedLabel || label.dataset.before) return;
  label.dataset.before = label.textContent;
  label.textContent = button.dataset.copiedLabel;
  setTimeout(() => {
    label.textContent = label.dataset.before;
    delete label.dataset.before;
  }, 2500);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy], [data-copy-text]");
  if (button) copy(button);
});
