// Parts of pages asked for by htmx: the CSRF token goes along, focus stays, and a failure is said, with a way to try again.
import { sentence } from "./announce.js";
import { toast } from "./toast.js";

function token() {
  const found = document.cookie.split("; ").find((pair) => pair.startsWith("csrftoken="));
  return found ? decodeURIComponent(found.slice("csrftoken=".length)) : document.querySelector("[name=csrfmiddlewaretoken]")?.value;
}

document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = token() ?? "";
});

// The same request once more, into the same place.
function again({ requestConfig: asked, target, etc }) {
  const values = {};
  if (asked.verb !== "get") for (const [name, value] of asked.formData) (values[name] ??= []).push(value);
  window.htmx.ajax(asked.verb.toUpperCase(), asked.path, { source: asked.elt, target, values, swap: etc.swapOverride });
}

function failed(name) {
  return (event) => toast(sentence(name), { verb: sentence("again"), action: () => again(event.detail) });
}

document.addEventListener("htmx:responseError", failed("failed"));
document.addEventListener("htmx:sendError", failed("offline"));
document.addEventListener("htmx:timeout", failed("offline"));
