// <input type="hidden" data-here>: the form leads back to the address as it is when it is sent; filters and cells change it.
document.addEventListener("submit", ({ target }) => {
  const field = target.querySelector("[data-here]");
  if (field) field.value = location.pathname + location.search;
});
