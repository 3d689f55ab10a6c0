// A local date and time as pages write them: "Rab, 9 Des, 12.00". What is typed is taken as it stands, in no zone.
const language = document.documentElement.lang;

export const clock = (time) => time.slice(0, 5).replace(":", language.startsWith("en") ? ":" : ".");

export function spoken(date, time) {
  const format = new Intl.DateTimeFormat(language.startsWith("en") ? "en-GB" : language, { timeZone: "UTC", weekday: "short", day: "numeric", month: "short" });
  return `${format.format(new Date(`${date}T00:00Z`))}, ${clock(time)}`;
}
