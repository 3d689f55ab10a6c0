// <div hx-trigger="every 15s" data-when-seen>: asks only while somebody looks, and not while its words are selected.
document.addEventListener("htmx:beforeRequest", (event) => {
  const part = event.target;
  if (!part.matches?.("[data-when-seen]")) return;
  const selection = getSelection();
  const reads = selection && !selection.isCollapsed && part.contains(selection.anchorNode);
  if (document.hidden || reads) event.preventDefault();
});
