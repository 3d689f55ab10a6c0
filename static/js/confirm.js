// <form data-confirm="…"> or <button data-confirm="…" data-confirm-verb="Hapus">: asks before it submits.
// data-confirm-of="minutes": the choice made in the field of that name stands in the question's "{}".
const dialog = document.querySelector("[data-confirm-dialog]");
let sure = null;

document.addEventListener("submit", (event) => {
  const form = event.target;
  const asker = event.submitter?.dataset.confirm ? event.submitter : form;
  if (!dialog?.showModal || !asker.dataset.confirm || sure === form) {
    sure = null;
    return;
  }
  event.preventDefault();
  event.stopImmediatePropagation();
  const yes = dialog.querySelector("[data-confirm-yes]");
  yes.dataset.usual ??= yes.textContent;
  yes.textContent = asker.dataset.confirmVerb ?? event.submitter?.textContent.trim() ?? yes.dataset.usual;
  dialog.querySelector("[data-confirm-text]").textContent = question(asker, form);
  yes.onclick = () => {
    dialog.close();
    sure = form;
    form.requestSubmit(event.submitter);
  };
  dialog.querySelector("[data-confirm-no]").onclick = () => dialog.close();
  dialog.showModal();
}, true);

function question(asker, form) {
  const chosen = form.elements[asker.dataset.confirmOf]?.selectedOptions?.[0];
  return chosen ? asker.dataset.confirm.replace("{}", chosen.textContent.trim()) : asker.dataset.confirm;
}
