// Keys without Ctrl or Alt do something only where the person lets them (profile; WCAG 2.1.4) and is not typing.
const TYPING = "input:not([type=radio], [type=checkbox], [type=button], [type=submit]), textarea, select, [contenteditable]";

// May this keydown be taken as a single-key shortcut?
export function single(event) {
  if (document.body.dataset.keys === "off" || event.defaultPrevented || event.repeat) return false;
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return false;
  return !event.target.closest?.(TYPING) && !document.querySelector("dialog[open]");
}
