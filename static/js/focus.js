// Where the keyboard goes on in a page, or a part of one, that has just come. <h1 tabindex="-1" data-focus> is where reading
// begins, with data-focus="/review/" only for whoever comes from there. Within <div data-says="…"> a link to the same page
// (a filter, the next week) keeps the focus; if it is gone, the title takes it. What is shown now is said.
import { announce } from "./announce.js";

const KEY = "selaras:pressed";
const isNowhere = () => document.activeElement === document.body;
// numbers change from page to page, the words around them do not
const nameOf = (one) => one.id || one.getAttribute("aria-label") || one.textContent.replace(/[\d\s.,]+/g, " ").trim();

function goOn(part, name) {
  if (isNowhere()) [...part.querySelectorAll("a, button, summary")].find((one) => nameOf(one) === name)?.focus();
  if (isNowhere()) part.querySelector("h1").focus();
  announce(part.dataset.says);
}

// Pages that were loaded -------------------------------------------------------------------
function store(action) {
  try {
    return action();
  } catch {
    return null; // private mode: reading begins at the top
  }
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-says] a[href]");
  // a finger or a mouse points anew
  if (!link || event.pointerType || event.defaultPrevented || link.pathname !== location.pathname) return;
  store(() => sessionStorage.setItem(KEY, JSON.stringify({ from: location.href, name: nameOf(link) })));
});

const start = document.querySelector("[data-focus]");
const part = document.querySelector("[data-says]");
const pressed = store(() => JSON.parse(sessionStorage.getItem(KEY)));
const from = document.referrer ? new URL(document.referrer) : null;
store(() => sessionStorage.removeItem(KEY));

if (part && pressed && pressed.from.split("#")[0] === document.referrer) goOn(part, pressed.name);
if (start && isNowhere() && !document.querySelector("main [autofocus]:not(dialog *)")) {
  const only = start.dataset.focus;
  if (!only || (from?.origin === location.origin && from.pathname.startsWith(only))) start.focus({ preventScroll: true });
}

// Parts by htmx, which itself finds what has an id -----------------------------------------
let left = null;
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  left = detail.target.contains(document.activeElement) ? nameOf(document.activeElement) : null;
});
document.addEventListener("htmx:afterSettle", ({ target }) => {
  if (left !== null && target.matches("[data-says]")) goOn(target, left);
});
