// Parts of pages asked for by htmx: the CSRF token goes along, and a failure is said instead of swallowed.
import { sentence } from "./announce.js";
import { toast } from "./toast.js";

function token() {
  const found = document.cookie.split("; ").find((pair) => pair.startsWith("csrftoken="));
  return found ? decodeURIComponent(found.slice("csrftoken=".length)) : document.querySelector("[name=csrfmiddlewaretoken]")?.value;
}

document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = token() ?? "";
});
document.addEventListener("htmx:responseError", () => toast(sentence("failed")));
document.addEventListener("htmx:sendError", () => toast(sentence("offline")));
