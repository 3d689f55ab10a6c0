// The parts of one channel in the composer, and what it says: a text of its own, else the main one.
export function field(box) {
  return {
    box,
    code: box.dataset.channel,
    on: box.querySelector("[name=networks]"),
    text: box.querySelector("[data-channel-text]"),
    title: box.querySelector("[data-channel-title]"),
    count: box.querySelector("[data-count]"),
    errors: box.querySelector("[data-count-errors]"),
  };
}

export function fields(form) {
  return [...form.querySelectorAll("[data-channel]")].map(field);
}

export const isOwn = (channel) => channel.text.value.trim() !== "";

export function says(channel) {
  return isOwn(channel) ? channel.text.value : channel.text.form.querySelector("[data-main-text]").value;
}

// As the server keeps it (networks.py: normalise), but for signs that nobody types.
export const normal = (text) => text.replace(/\r\n?/g, "\n").normalize("NFC").trimEnd();
