// A form that asks (GET) leaves out what was not filled in, so that the address stays short enough to send.
document.addEventListener("submit", ({ target }) => {
  if (!target.matches("form[data-tidy]")) return;
  const empty = [...target.elements].filter((field) => field.name && field.value === "");
  for (const field of empty) field.disabled = true;
  setTimeout(() => { for (const field of empty) field.disabled = false; });
});

document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (!detail.elt.matches("form[data-tidy]")) return;
  for (const [name, value] of [...detail.formData]) if (value === "") detail.formData.delete(name);
});
