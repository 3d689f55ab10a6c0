import { clockOf, shortDay } from "./spoken.js";

// Local time in an IANA zone ↔ instant, from the browser's own zone data. Returns what the server would, or null.
function shown(instant, zone) {
  const parts = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" }).formatToParts(instant);
  const of = (type) => Number(parts.find((part) => part.type === type).value);
  return Date.UTC(of("year"), of("month") - 1, of("day"), of("hour"), of("minute"), of("second"));
}

// All instants at which the clock of the zone shows this date and time: none in a gap, two in an overlap, earliest first.
export function instants(date, time, zone) {
  const wanted = Date.parse(`${date}T${time.slice(0, 5)}:00Z`);
  if (Number.isNaN(wanted)) return [];
  const found = new Set();
  for (const hours of [-26, 0, 26]) {
    const near = new Date(wanted + hours * 3600000);
    const instant = wanted - (shown(near, zone) - near.getTime());
    if (shown(new Date(instant), zone) === wanted) found.add(instant);
  }
  return [...found].sort((a, b) => a - b).map((instant) => new Date(instant));
}

// An instant in Jakarta, in the page's language: ["07.00 WIB", "Kam, 26 Nov 2026"].
export function inJakarta(instant) {
  const zone = "Asia/Jakarta";
  const year = new Intl.DateTimeFormat("en-GB", { timeZone: zone, year: "numeric" }).format(instant);
  return [`${clockOf(instant, zone)} WIB`, `${shortDay(instant, zone)} ${year}`];
}
