const timeOfDay = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});

/** The time of day in the reader's own way of writing it; `at` in ms since the epoch. */
export function clockTime(at: number): string {
  return timeOfDay.format(at);
}

/** A `<time>` element for that moment. */
export function timeElement(at: number): HTMLTimeElement {
  const time = document.createElement("time");
  time.dateTime = new Date(at).toISOString();
  time.textContent = clockTime(at);
  return time;
}
