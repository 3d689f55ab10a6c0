// Ctrl+K or Cmd+K goes to the search field of the top bar.
document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
  const field = document.querySelector("[data-search]");
  if (!field?.offsetParent) return;
  event.preventDefault();
  field.focus();
  field.select();
});
