// Keeps the number beside the bell and in the title true while the page is seen, and says what is new. It asks every half
// minute, less often while the server does not answer, and not at all where nobody looks or nothing is connected.
import { toast } from "./toast.js";

const bell = document.querySelector("[data-bell]");
const EVERY = 30000;
const LONGEST = 300000;

if (bell) {
  const shown = `selaras:bell:${document.body.dataset.person}`; // the newest that any tab of this browser has told
  let etag = "";
  let after = ""; // the newest notice that is known; until the first answer, what came since the page was made counts
  let wait = EVERY;
  let asked = Date.now();
  let timer = 0;
  let number = Number(bell.dataset.unread);

  const written = () => (number > 99 ? "99+" : String(number));

  function title() {
    const plain = document.title.replace(/^\(\d+\+?\) /, "");
    document.title = number ? `(${written()}) ${plain}` : plain;
  }

  function show({ unread, label }) {
    number = unread;
    let pill = bell.querySelector(".count");
    if (number && !pill) {
      pill = document.createElement("span");
      pill.className = "count";
      pill.ariaHidden = "true";
      bell.append(pill);
    }
    if (number) pill.textContent = written();
    else pill?.remove();
    bell.setAttribute("aria-label", label);
    title();
  }

  // The same press as on the list of notices: it is read, and leads to where there is something to do.
  function open(address) {
    const form = document.createElement("form");
    form.method = "post";
    form.action = address;
    const token = document.createElement("input");
    token.type = "hidden";
    token.name = "csrfmiddlewaretoken";
    token.value = document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
    form.append(token);
    document.body.append(form);
    form.submit();
  }

  function tell({ text, new: found }) {
    let told = 0;
    try {
      told = Number(localStorage.getItem(shown));
      if (found.length) localStorage.setItem(shown, String(Math.max(told, found[0].id)));
    } catch {
      // storage is switched off: another tab may tell the same once more
    }
    const fresh = found.filter(({ id }) => id > told);
    if (!fresh.length) return;
    const [one] = fresh;
    const made =
      fresh.length === 1
        ? toast(one.title, { verb: one.step, action: () => open(one.open), good: true })
        : toast(text, { verb: bell.dataset.verb, action: () => location.assign(bell.href), good: true });
    made?.querySelector("use").setAttribute("href", "#i-bell");
  }

  async function ask() {
    asked = Date.now();
    const since = document.querySelector("[data-clocks]")?.dataset.clocks;
    // a notice may be a few seconds older than the moment it can be seen
    const query = after !== "" ? `?after=${after}` : since ? `?since=${Math.floor(Number(since)) - 5}` : "";
    try {
      const answer = await fetch(bell.dataset.bell + query, {
        headers: etag ? { "If-None-Match": etag } : {},
        redirect: "manual", // signed out: asking on would help nobody
        signal: AbortSignal.timeout(10000),
      });
      if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) return stop();
      if (answer.status !== 304) {
        if (!answer.ok) throw new Error(String(answer.status));
        const found = await answer.json();
        etag = answer.headers.get("ETag") ?? "";
        after = Math.max(found.newest, Number(after));
        show(found);
        tell(found);
      }
      wait = EVERY;
    } catch {
      wait = Math.min(wait * 2, LONGEST);
    }
    plan();
  }

  function plan() {
    clearTimeout(timer);
    if (document.hidden || !navigator.onLine) return;
    // not all at once, when a server comes back
    const rest = asked + wait * (1 + Math.random() / 10) - Date.now();
    timer = setTimeout(ask, Math.max(rest, 0));
  }

  function stop() {
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", plan);
    window.removeEventListener("online", plan);
    window.removeEventListener("offline", plan);
  }

  document.addEventListener("visibilitychange", plan);
  window.addEventListener("online", plan);
  window.addEventListener("offline", plan);
  document.addEventListener("htmx:afterSettle", title); // a part that came with its page's title
  title();
  plan();
}
