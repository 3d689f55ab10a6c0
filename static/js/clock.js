// Keeps the clocks of the top bar going. The server's instant counts, so that a wrong clock on the desk shows no wrong time.
const box = document.querySelector("[data-clocks]");

if (box) {
  const ahead = Number(box.dataset.clocks) * 1000 - Date.now();
  const show = () => {
    const now = new Date(Date.now() + ahead);
    for (const time of box.querySelectorAll("time[data-zone]")) {
      const parts = new Intl.DateTimeFormat("en-GB", { timeZone: time.dataset.zone, hour: "2-digit", minute: "2-digit" }).formatToParts(now);
      const of = (type) => parts.find((part) => part.type === type).value;
      time.textContent = of("hour") + box.dataset.separator + of("minute");
      time.dateTime = now.toISOString();
    }
    setTimeout(show, 60000 - (now.getTime() % 60000) + 50);
  };
  // A page that comes back from the browser's cache carries an old instant.
  window.addEventListener("pageshow", (event) => event.persisted && location.reload());
  setTimeout(show, 60000 - ((Date.now() + ahead) % 60000) + 50);
}
