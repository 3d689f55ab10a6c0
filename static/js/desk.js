// The review desk: whoever comes from another post of the queue begins to read at the new one's title.
const heading = document.querySelector(".desk [data-heading]");
const from = document.referrer && new URL(document.referrer);

if (heading && from && from.origin === location.origin && from.pathname.startsWith("/review/") && !document.querySelector(".desk [autofocus]")) {
  heading.focus({ preventScroll: true });
}
