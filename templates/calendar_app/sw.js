// Selaras, the service worker: shows what is pushed (services/couriers/push.py) and acts on a click. It has no "fetch"
// listener on purpose: pages are never kept, so that nobody reads yesterday's calendar, or another person's.

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

// An address of this site, or its first page: a message leads nowhere else.
function here(address) {
  const url = new URL(address || "/", self.location.origin);
  return url.origin === self.location.origin ? url.href : self.location.origin + "/";
}

function read(event) {
  try {
    return event.data.json();
  } catch {
    return {};
  }
}

self.addEventListener("push", (event) => {
  const said = read(event);
  const actions = said.acknowledge ? [{ action: "acknowledge", title: said.acknowledge_label }] : [];
  event.waitUntil(
    self.registration.showNotification(said.title || "Selaras", {
      body: said.body || "",
      lang: said.language || "id",
      tag: said.tag || "selaras",
      actions,
      data: { url: said.url, acknowledge: said.acknowledge },
    }),
  );
});

async function open(address) {
  const wanted = here(address);
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const there = windows.find((one) => one.url.split("#")[0] === wanted.split("#")[0]);
  if (there) return there.focus();
  return self.clients.openWindow(wanted);
}

// "Saya tangani": the address itself is the authority, nobody has to be signed in. What came of it is shown in the
// same place; where nothing came of it, the page with the same button is opened.
async function acknowledge(notification) {
  const { acknowledge: address } = notification.data;
  try {
    const answer = await fetch(here(address), {
      method: "POST",
      credentials: "omit",
      headers: { Accept: "application/json" },
    });
    const { text } = await answer.json();
    if (!text) throw new Error("no words");
    return self.registration.showNotification(notification.title, {
      body: text,
      lang: notification.lang,
      tag: notification.tag,
      data: { url: notification.data.url },
    });
  } catch {
    return open(address);
  }
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(event.action === "acknowledge" ? acknowledge(event.notification) : open(event.notification.data?.url));
});
