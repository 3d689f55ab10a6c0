// The grid of all missions: a cell opens in the panel without loading the page anew, Escape closes it; arrows go from cell
// to cell; what is typed above the missions leaves only their rows. The filters may put another grid in its place.
import { announce } from "./announce.js";

const grid = () => document.querySelector("[data-cells]");
const panel = () => document.getElementById("panel");
const opened = () => grid()?.querySelector(".c > [aria-current]");

async function open(link, url) {
  const before = opened();
  const old = panel();
  // what goes wrong is said by htmx.js and wait.js; the address then stays true to what is shown
  await window.htmx.ajax("GET", url, { target: "#panel", swap: "outerHTML", source: grid() }).catch(() => {});
  if (panel() === old) return;
  history.pushState(null, "", url);
  shown = location.search;
  const copy = document.querySelector(".say-copy");
  if (copy) copy.dataset.copyText = location.href;
  before?.removeAttribute("aria-current");
  link?.setAttribute("aria-current", "true");
  if (link) panel().querySelector("h2")?.focus({ preventScroll: true });
  else before?.focus();
}

document.addEventListener("click", (event) => {
  if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || !window.htmx) return;
  const cell = event.target.closest("[data-cells] .c > a");
  const shut = event.target.closest("#panel [data-close]");
  if (!cell && !shut) return;
  event.preventDefault();
  open(cell, (cell ?? shut).href);
});

const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
const rows = () => [...grid().querySelectorAll("tbody:not([hidden]) tr:not([hidden]):has(.c)")];

document.addEventListener("keydown", (event) => {
  if (!grid() || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.key === "Escape" && !document.querySelector("dialog[open]")) {
    const shut = panel()?.querySelector("[data-close]");
    if (shut && event.target.closest("#panel, [data-cells] .c")) open(null, shut.href);
    return;
  }
  const cell = event.target.closest("[data-cells] .c");
  const step = STEPS[event.key];
  if (!cell || !step) return;
  const all = rows();
  const link = all[all.indexOf(cell.parentElement) + step[0]]?.cells[cell.cellIndex + step[1]]?.querySelector(".c > a");
  if (!link) return;
  event.preventDefault();
  link.focus();
});

// Only the missions whose name, kind or code holds every word, in the grid that filters put in its place too. ------------
let sought = "";
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

function find(field) {
  sought = field.value;
  const words = plain(field.value).split(/\s+/).filter(Boolean);
  let number = 0;
  for (const row of grid().querySelectorAll("[data-row]")) {
    const text = plain(`${row.cells[0].textContent} ${row.querySelector("a").title} ${row.dataset.row}`);
    row.hidden = !words.every((word) => text.includes(word));
    number += !row.hidden;
  }
  for (const body of grid().tBodies) body.hidden = words.length > 0 && !body.querySelector("[data-row]:not([hidden])");
  announce(!words.length ? "" : number ? `${number} ${field.dataset.some}` : field.dataset.none);
  field.classList.toggle("is-over", words.length > 0 && !number);
}

document.addEventListener("input", ({ target }) => { if (target.matches("[data-find]")) find(target); });
document.addEventListener("keydown", (event) => {
  if (!event.target.matches?.("[data-find]")) return;
  if (event.key === "Escape" && event.target.value) {
    event.preventDefault();
    event.target.value = "";
    find(event.target);
  } else if (event.key === "Enter" || event.key === "ArrowDown") {
    event.preventDefault();
    const today = Math.max(2, [...grid().tHead.rows[0].cells].findIndex((head) => head.matches(".now")));
    rows()[0]?.cells[today].querySelector("a")?.focus();
  }
});

document.addEventListener("htmx:afterSwap", () => {
  const field = document.querySelector("[data-find]");
  if (!field || field.value === sought) return;
  field.value = sought;
  find(field);
});

// Back and forward: the page of that address. A link to a day on this page is no other page, and what htmx pushed it asks
// for by itself.
let shown = location.search;
document.addEventListener("htmx:pushedIntoHistory", () => (shown = location.search));
addEventListener("popstate", ({ state }) => { if (!state?.htmx && location.search !== shown) location.reload(); });
