// One primary button at a time: copy, then open, then confirm. And the minutes that are left.
const order = ["copy", "open", "confirm"];

function next(channel, done) {
  const steps = order.map((name) => channel.querySelector(`[data-step="${name}"]`));
  const following = steps.find((step, place) => step && place > order.indexOf(done));
  if (!following) return;
  for (const step of steps) step?.classList.toggle("btn-primary", step === following);
}

document.addEventListener("copied", (event) => {
  const button = event.target.closest("[data-step=copy]");
  if (button) next(button.closest(".pc"), "copy");
});
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-step=open]");
  if (link) next(link.closest(".pc"), "open");
});

const box = document.querySelector("[data-until]");
if (box) {
  const ahead = Number(box.dataset.now) * 1000 - Date.now();
  const show = () => {
    const left = Math.max(0, Math.floor((Number(box.dataset.until) * 1000 - Date.now() - ahead) / 60000));
    box.querySelector("[data-hours]").textContent = String(Math.floor(left / 60));
    box.querySelector("[data-minutes]").textContent = String(left % 60);
  };
  setInterval(show, 10000);
}
