// Times stand in UTC, with how long ago they were when the page was made. Here that stays true while the page is open,
// and the time in the reader's own zone stands beside it.

// Milliseconds; the same as in `web/src/text.rs`.
const UNITS = [
  ["year", 31_536_000_000],
  ["month", 2_592_000_000],
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
];
const EVERY_MS = 30_000;

function relative(at, now) {
  const distance = Math.abs(now - at);
  const [name, length] = UNITS.find(([, unit]) => distance >= unit) ?? [];
  if (name === undefined) return at <= now ? "less than a minute ago" : "in less than a minute";
  const number = Math.floor(distance / length);
  const words = `${number} ${name}${number === 1 ? "" : "s"}`;
  return at <= now ? `${words} ago` : `in ${words}`;
}

export function showLocalTimes(root) {
  const brief = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });
  const whole = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "long" });
  const shown = [];
  for (const element of root.querySelectorAll("time[datetime]")) {
    const time = new Date(element.dateTime);
    if (Number.isNaN(time.getTime())) continue;
    element.title = `${whole.format(time)} (your time)`;
    const ago = element.nextElementSibling;
    // A reader in UTC would see the same time twice.
    const local = time.getTimezoneOffset() === 0 ? "" : ` · ${brief.format(time)} your time`;
    if (ago?.matches(".ago")) shown.push([ago, time.getTime(), local]);
  }
  const show = () => {
    for (const [ago, at, local] of shown) ago.textContent = relative(at, Date.now()) + local;
  };
  show();
  if (shown.length > 0) setInterval(show, EVERY_MS);
}
