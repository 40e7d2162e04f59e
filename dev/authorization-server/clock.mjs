const realNow = Date.now;

/**
 * Shifts the clock of this whole process.
 *
 * @param {number} offsetSeconds 0 gives the real time back
 */
export function shiftClock(offsetSeconds) {
  Date.now = offsetSeconds === 0 ? realNow : () => realNow() + offsetSeconds * 1000;
}
