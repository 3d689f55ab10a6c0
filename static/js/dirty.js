// <form data-dirty="post-12" data-dirty-version="7">: nothing typed is lost.
//
// Warns before leaving with unsaved text, and keeps a copy of it in localStorage, one for each form and person. The copy
// is offered when the form is opened again, and removed when the form was saved: that is, when the page after a submit
// is neither the form with errors (data-dirty-unsaved on it) nor a page that says the work was not done
// (data-keep-typed on <body>: errors, sign-in). A submit that did not go out or was stopped (event "unsent", wait.js) and a
// page that was opened otherwise, after the line broke, prove nothing. Signing out removes every copy. Each time a copy
// was made or not, the form tells so: event "kept" {dirty, kept}.
import { clockOf, shortDay } from "./spoken.js";

const PREFIX = "selaras:typed:";
const SENT = "selaras:sent";
const person = document.body.dataset.person;
const forms = person ? [...document.querySelectorAll("form[data-dirty]")] : [];
const keyOf = (form) => `${PREFIX}${person}:${form.dataset.dirty}`;
const here = () => location.href.split("#")[0];
// Is this page what the server answered to a form of that page?
const answers = (from) => document.referrer === from && performance.getEntriesByType("navigation")[0]?.type !== "back_forward";
let signingOut = false;
const SKIPPED = new Set(["hidden", "password", "file", "submit", "button", "reset", "image"]);
// data-dirty-skip: not kept; data-dirty-keep: kept though it is hidden
const isKept = (field) => field.name && (!SKIPPED.has(field.type) || field.matches("[data-dirty-keep]")) && !field.matches("[data-dirty-skip]");

function store(action) {
  try {
    return action();
  } catch {
    return null; // private mode, or full: the warning before leaving still works
  }
}

function typed(form) {
  const values = {};
  for (const field of form.elements) {
    if (!isKept(field)) continue;
    const list = (values[field.name] ??= []);
    if (field.type === "checkbox" || field.type === "radio") {
      if (field.checked) list.push(field.value);
    } else if (field.type === "select-multiple") {
      list.push(...[...field.selectedOptions].map((option) => option.value));
    } else list.push(field.value);
  }
  return values;
}

function restore(form, values) {
  const used = {};
  for (const field of form.elements) {
    const list = values[field.name];
    if (!list || !isKept(field)) continue;
    if (field.type === "checkbox" || field.type === "radio") field.checked = list.includes(field.value);
    else if (field.type === "select-multiple") {
      for (const option of field.options) option.selected = list.includes(option.value);
    } else {
      const place = used[field.name] ?? 0;
      used[field.name] = place + 1;
      if (list[place] !== undefined) field.value = list[place];
    }
  }
  // only now: what follows one field looks at others
  for (const field of form.elements) {
    if (!values[field.name] || !isKept(field)) continue;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

function offer(form, kept, keep) {
  const note = document.querySelector("[data-restore-note]").content.firstElementChild.cloneNode(true);
  const when = new Date(kept.at);
  note.querySelector("[data-restore-time]").textContent = `${shortDay(when)}, ${clockOf(when)}`;
  note.querySelector("[data-restore-old]").hidden = (kept.version ?? "") === (form.dataset.dirtyVersion ?? "");
  note.querySelector("[data-restore-yes]").addEventListener("click", () => {
    restore(form, kept.values);
    note.remove();
    keep();
    form.querySelector("input:not([type=hidden]), textarea, select")?.focus();
  });
  note.querySelector("[data-restore-no]").addEventListener("click", () => {
    store(() => localStorage.removeItem(keyOf(form)));
    note.remove();
  });
  form.prepend(note);
}

function watch(form) {
  const key = keyOf(form);
  const unsaved = "dirtyUnsaved" in form.dataset;
  const before = JSON.stringify(typed(form));
  let sending = false;
  let timer = 0;
  const isDirty = () => unsaved || JSON.stringify(typed(form)) !== before;
  const keep = () => {
    clearTimeout(timer);
    if (signingOut) return;
    const dirty = isDirty();
    const kept = store(() => {
      if (dirty) localStorage.setItem(key, JSON.stringify({ at: Date.now(), version: form.dataset.dirtyVersion, values: typed(form) }));
      else localStorage.removeItem(key);
      return true;
    });
    form.dispatchEvent(new CustomEvent("kept", { bubbles: true, detail: { dirty, kept: Boolean(kept) } }));
  };
  const kept = store(() => JSON.parse(localStorage.getItem(key)));
  if (kept && !unsaved && JSON.stringify(kept.values) !== before) offer(form, kept, keep);
  for (const event of ["input", "change"]) {
    form.addEventListener(event, () => {
      clearTimeout(timer);
      timer = setTimeout(keep, 400);
    });
  }
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    keep();
    sending = true;
    store(() => sessionStorage.setItem(SENT, JSON.stringify({ key, from: here(), values: JSON.stringify(typed(form)) })));
    setTimeout(() => (sending = false), 5000);
  });
  form.addEventListener("unsent", () => {
    sending = false;
    store(() => sessionStorage.removeItem(SENT));
  });
  window.addEventListener("pagehide", () => sending || (isDirty() && timer && keep()));
  window.addEventListener("beforeunload", (event) => {
    if (!sending && isDirty()) event.preventDefault();
  });
}

const sent = store(() => JSON.parse(sessionStorage.getItem(SENT)));
if (sent && !("keepTyped" in document.body.dataset)) {
  const refused = forms.some((form) => keyOf(form) === sent.key && "dirtyUnsaved" in form.dataset);
  // the copy may by now be of another tab, where a second text is written
  const isThat = () => JSON.stringify(JSON.parse(localStorage.getItem(sent.key))?.values) === sent.values;
  if (answers(sent.from) && !refused) store(() => isThat() && localStorage.removeItem(sent.key));
  store(() => sessionStorage.removeItem(SENT));
}
forms.forEach(watch);

for (const form of document.querySelectorAll("form[data-sign-out]")) {
  form.addEventListener("submit", () => {
    signingOut = true;
    setTimeout(() => (signingOut = false), 5000);
    store(() => {
      for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX)) localStorage.removeItem(key);
    });
  });
}
