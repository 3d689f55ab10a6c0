// The parts of one channel in the composer.
export function field(box) {
  return {
    box,
    on: box.querySelector("[name=networks]"),
    text: box.querySelector("[data-channel-text]"),
    title: box.querySelector("[data-channel-title]"),
    count: box.querySelector("[data-count]"),
    errors: box.querySelector("[data-count-errors]"),
  };
}
