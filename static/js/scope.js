// <form data-scope>: shows only the list that belongs to the chosen scope. Without it, all lists stand there.
const form = document.querySelector("form[data-scope]");

function show() {
  const scope = form.elements.scope.value;
  for (const part of form.querySelectorAll("[data-scope-of]")) part.hidden = part.dataset.scopeOf !== scope;
}

if (form) {
  form.addEventListener("change", show);
  show();
}
