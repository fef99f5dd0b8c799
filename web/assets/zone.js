// Times stand in UTC; the reader's own zone is shown on hover and on focus of the time (its title).

export function showLocalTimes(root) {
  const format = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "long" });
  for (const element of root.querySelectorAll("time[datetime]")) {
    const time = new Date(element.dateTime);
    if (!Number.isNaN(time.getTime())) element.title = `${format.format(time)} (your time)`;
  }
}
