// <section data-push="the installation's public key">: lets this browser show notices while Selaras is closed. Shows the
// one <… data-push-when="state"> that is true: unsupported, denied, off, on, failed. What is to be kept is posted by
// the form, so that the server's words are the page's messages.
const section = document.querySelector("[data-push]");

const show = (state) => {
  for (const part of section.querySelectorAll("[data-push-when]")) {
    part.hidden = !part.dataset.pushWhen.split(" ").includes(state);
  }
};

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));

const base64url = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");

async function markOf(subscription) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(subscription.endpoint));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// This browser's subscription, if it was made for this installation.
async function present() {
  const registration = await navigator.serviceWorker.getRegistration("/");
  const subscription = await registration?.pushManager.getSubscription();
  const key = subscription?.options?.applicationServerKey;
  return subscription && key && base64url(key) === section.dataset.push ? subscription : null;
}

async function look() {
  const isAble = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window && isSecureContext;
  if (!isAble) return show("unsupported");
  if (Notification.permission === "denied") return show("denied");
  const subscription = Notification.permission === "granted" ? await present() : null;
  const mark = subscription ? await markOf(subscription) : "";
  const mine = mark ? section.querySelector(`[data-push-mark="${mark}"]`) : null;
  if (mine) mine.querySelector("[data-push-here]").hidden = false;
  return show(mine ? "on" : "off");
}

async function turnOn(form) {
  const permission = await Notification.requestPermission();
  if (permission !== "granted") return show(permission === "denied" ? "denied" : "off");
  await navigator.serviceWorker.register("/sw.js");
  const registration = await navigator.serviceWorker.ready;
  // one of another person, or for another key: a new one, that nobody else has ever had
  await (await registration.pushManager.getSubscription())?.unsubscribe();
  const subscription = await registration.pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: bytes(section.dataset.push),
  });
  form.elements.endpoint.value = subscription.endpoint;
  form.elements.p256dh.value = base64url(subscription.getKey("p256dh"));
  form.elements.auth.value = base64url(subscription.getKey("auth"));
  form.submit();
}

async function takeAway(form) {
  if (form.closest("[data-push-mark]").querySelector("[data-push-here]:not([hidden])")) {
    await (await present())?.unsubscribe();
  }
  form.submit();
}

if (section) {
  section.addEventListener("submit", (event) => {
    const isNew = event.target.matches("[data-push-form]");
    if (!isNew && !event.target.matches("[data-push-end]")) return;
    event.preventDefault();
    const done = isNew ? turnOn(event.target) : takeAway(event.target);
    done.catch(() => (isNew ? show("failed") : event.target.submit()));
  });
  look().catch(() => show("failed"));
}
