// The grid of all missions: a cell opens in the panel without loading the page anew; arrows go from cell to cell.
const table = document.querySelector("[data-cells]");
const panel = () => document.getElementById("panel");

async function open(link, url) {
  await window.htmx.ajax("GET", url, { target: "#panel", swap: "outerHTML", source: table });
  history.pushState(null, "", url);
  table.querySelector("[aria-current]")?.removeAttribute("aria-current");
  link?.setAttribute("aria-current", "true");
  if (link) panel().querySelector("h2")?.focus({ preventScroll: true });
}

document.addEventListener("click", (event) => {
  if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || !window.htmx) return;
  const cell = event.target.closest("[data-cells] .c > a");
  const shut = event.target.closest("#panel [data-close]");
  if (!cell && !shut) return;
  event.preventDefault();
  const opened = table.querySelector("[aria-current]");
  open(cell, (cell ?? shut).href).then(() => { if (shut) opened?.focus(); });
});

const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
table?.addEventListener("keydown", (event) => {
  const step = STEPS[event.key];
  const cell = event.target.closest(".c");
  if (!step || !cell || event.ctrlKey || event.metaKey || event.altKey) return;
  const rows = [...table.querySelectorAll("tbody tr:has(.c)")];
  const next = rows[rows.indexOf(cell.parentElement) + step[0]]?.cells[cell.cellIndex + step[1]];
  const link = next?.querySelector(".c > a");
  if (!link) return;
  event.preventDefault();
  link.focus();
});

addEventListener("popstate", () => location.reload());
