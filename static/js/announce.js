// Says one sentence to people who listen to the page.
const region = document.querySelector("[data-announce]");

export function announce(text) {
  if (!region || !text) return;
  region.textContent = "";
  requestAnimationFrame(() => (region.textContent = text));
}

// A sentence the server wrote in the reader's language, by its name in templates/frame/dialogs.html.
export function sentence(name) {
  return region?.dataset[name] ?? "";
}
