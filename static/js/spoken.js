// Dates and times as the server writes them, in the page's language: "Rab, 9 Des, 12.00", "Wed, 9 Dec, 12:00".
const language = document.documentElement.lang;

export const clock = (time) => time.slice(0, 5).replace(":", language.startsWith("en") ? ":" : ".");

// An instant in a zone; without one, where this device is.
export const clockOf = (instant, timeZone) => clock(instant.toLocaleTimeString("en-GB", { timeZone, hour: "2-digit", minute: "2-digit" }));

export function shortDay(instant, timeZone) {
  const parts = new Intl.DateTimeFormat(language, { timeZone, weekday: "short", day: "numeric", month: "short" }).formatToParts(instant);
  const of = (type) => parts.find((part) => part.type === type).value;
  return `${of("weekday")}, ${of("day")} ${of("month")}`;
}

// What is typed is taken as it stands, in no zone.
export const spoken = (date, time) => `${shortDay(new Date(`${date}T00:00Z`), "UTC")}, ${clock(time)}`;
