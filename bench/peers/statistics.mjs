/**
 * @typedef {object} Quartiles
 * @property {number} low the first
 * @property {number} median
 * @property {number} high the third
 */

/**
 * @param {number[]} values at least one
 * @returns {Quartiles}
 */
export function quartiles(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return { low: at(sorted, 0.25), median: at(sorted, 0.5), high: at(sorted, 0.75) };
}

/**
 * @param {number[]} sorted
 * @param {number} share of the values that lie below
 */
function at(sorted, share) {
  if (sorted.length === 0) throw new Error("no value was measured");
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const next = sorted[Math.min(below + 1, sorted.length - 1)];
  return sorted[below] + (next - sorted[below]) * (place - below);
}
