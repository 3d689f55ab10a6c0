// What takes longer than 300 ms shows that it is under way: a bar under the top bar, and the button that was pressed.
// While a POST is under way a second one is not sent; without a line it is not sent at all, and what was typed stays.
import { announce, sentence } from "./announce.js";
import { toast } from "./toast.js";

const SHOW = 300;
const LONG = 10000; // from here on a person wants to know that nothing broke, and a way out
const bar = document.querySelector("[data-wait]");
const part = document.querySelector("main");
const running = new Map(); // what is under way → its timers, its button and what the button said
let sending = null; // the form whose POST is under way

const isPost = (form, submitter) => (submitter?.getAttribute("formmethod") ?? form.method).toLowerCase() === "post";

// The button keeps its width, and says that it works where that fits.
function busy(state) {
  const { button } = state;
  if (!button?.matches("button")) return;
  button.style.inlineSize = `${button.offsetWidth}px`;
  button.setAttribute("aria-busy", "true");
  state.said = [...button.childNodes];
  const word = button.dataset.busy ?? (button.form && isPost(button.form, button) ? sentence("sending") : "");
  if (!button.textContent.trim() || !word) return;
  const before = button.scrollHeight;
  button.style.paddingInline = "0";
  button.replaceChildren(word);
  if (button.scrollWidth > button.offsetWidth || button.scrollHeight > before) button.replaceChildren(...state.said);
}

export function begin(key, button, stop) {
  end(key);
  const state = { button };
  state.timers = [
    setTimeout(() => {
      if (bar) bar.hidden = false;
      part?.setAttribute("aria-busy", "true");
      announce(sentence("waiting"));
      busy(state);
    }, SHOW),
    setTimeout(() => {
      state.note = toast(sentence("slow"), { verb: sentence("stop"), action: () => { stop?.(); end(key); } });
    }, LONG),
  ];
  running.set(key, state);
}

export function end(key) {
  const state = running.get(key);
  if (!state) return;
  state.timers.forEach(clearTimeout);
  state.note?.remove();
  if (state.said) {
    state.button.replaceChildren(...state.said);
    state.button.removeAttribute("aria-busy");
    state.button.removeAttribute("style"); // an empty one, copied by htmx, would be refused
  }
  running.delete(key);
  if (sending === key) sending = null;
  if (running.size) return;
  if (bar) bar.hidden = true;
  part?.removeAttribute("aria-busy");
}

// Is there really no line? A machine that serves itself says so too, and is reached all the same.
async function reached() {
  try {
    return (await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(5000) })).ok;
  } catch {
    return false;
  }
}

function offline(again) {
  const note = toast(sentence("offline"), { verb: sentence("again"), action: again });
  addEventListener("online", () => note?.remove(), { once: true });
}

// Forms and links that load a page --------------------------------------------------------
document.addEventListener("submit", (event) => {
  if (!sending || !isPost(event.target, event.submitter)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);

let known = false; // the line was just found to be there
function guarded(event, again) {
  if (navigator.onLine || known) return false;
  event.preventDefault();
  reached().then((well) => {
    known = well;
    if (well) again();
    else offline(again);
    known = false;
  });
  return true;
}

// Tells a form that what it sent did not go out, or that nobody waited for the answer.
const unsent = (form) => form.dispatchEvent(new CustomEvent("unsent"));

// last of all listeners: whoever takes the event over has said so by now
window.addEventListener("submit", (event) => {
  const { target: form, submitter } = event;
  if (event.defaultPrevented || form.target || form.method === "dialog") return;
  if (guarded(event, () => form.requestSubmit(submitter))) {
    unsent(form);
    return;
  }
  begin(form, submitter, () => { window.stop(); unsent(form); });
  if (isPost(form, submitter)) sending = form;
});

window.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]");
  if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  if (link.target || link.hasAttribute("download") || link.origin !== location.origin) return;
  if (link.href.split("#")[0] === location.href.split("#")[0] && link.href.includes("#")) return;
  if (guarded(event, () => location.assign(link.href))) return;
  if (sending) unsent(sending); // the browser drops it for the other page
  begin(window, null, () => window.stop());
});

function all() {
  for (const key of [...running.keys()]) {
    end(key);
    if (key instanceof HTMLFormElement) unsent(key);
  }
}
window.navigation?.addEventListener("navigateerror", all); // stopped by hand, or not a page
window.addEventListener("pageshow", (event) => event.persisted && all());

// Parts of pages by htmx --------------------------------------------------------------------
document.addEventListener("htmx:beforeRequest", (event) => {
  const { elt, requestConfig, xhr } = event.detail;
  if (requestConfig.verb !== "get" && running.has(elt)) event.preventDefault();
  else begin(elt, requestConfig.triggeringEvent?.submitter ?? null, () => xhr.abort());
});
// once the asker has been swapped away, htmx tells it of its parent: who asked stands in the request
document.addEventListener("htmx:afterRequest", (event) => end(event.detail.requestConfig.elt));
