/** @typedef {{ began: number, ended: number }} Span */

/**
 * How many of some requests had to wait for each other: the length of the longest chain in which each
 * began when the one before was answered.
 *
 * @param {Span[]} spans
 */
export function serialRoundTrips(spans) {
  let length = 0;
  let free = -Infinity;
  for (const { began, ended } of [...spans].sort((a, b) => a.ended - b.ended)) {
    if (began < free) continue;
    length += 1;
    free = ended;
  }
  return length;
}
