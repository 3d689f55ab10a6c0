// The week beside the date of the composer: a day that is pressed becomes the date, and the strip follows the theme.
const form = document.querySelector("[data-composer]");

function first() {
  return form.elements.first_theme.value || form.querySelector("[data-themes-order]").value.split(",")[0];
}

let pressed = "";

// Without scripts the days are only to be read. The day that was pressed keeps the focus in the week that comes.
function ready() {
  for (const day of document.querySelectorAll("[data-week] [data-day]:not([data-past])")) day.disabled = false;
  if (pressed && document.activeElement === document.body) document.getElementById(pressed)?.focus();
  pressed = "";
}

if (form?.querySelector("[data-week]")) {
  let theme = first();
  ready();
  document.addEventListener("htmx:afterSwap", ready);
  document.addEventListener("htmx:configRequest", ({ detail }) => {
    if (detail.elt.matches("[data-week]")) detail.parameters.set("theme", first());
  });
  form.addEventListener("change", ({ target }) => {
    if (!target.matches("[data-theme], [name=first_theme]") || first() === theme) return;
    theme = first();
    document.body.dispatchEvent(new Event("week-themes"));
  });
  form.addEventListener("click", ({ target }) => {
    const day = target.closest("[data-day]");
    if (!day) return;
    pressed = day.id;
    const { date } = form.elements;
    date.value = day.dataset.day;
    for (const event of ["input", "change"]) date.dispatchEvent(new Event(event, { bubbles: true }));
  });
}
