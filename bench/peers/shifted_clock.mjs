/** As long as access tokens live, and a minute more. */
const BEYOND_EXPIRY_SECONDS = 3660;

/** @typedef {import("./visit.mjs").Visit} Visit */
/** @typedef {import("playwright-core").Page} Page */

/** Runs in a page before anything else, so that its clock can be shifted. */
export function makeClockShiftable() {
  const page = /** @type {any} */ (globalThis);
  const RealDate = Date;
  let offsetMs = 0;
  page.shiftClock = (/** @type {number} */ seconds) => void (offsetMs = seconds * 1000);
  page.Date = class extends RealDate {
    /** @param {any[]} of */
    constructor(...of) {
      super(.../** @type {[]} */ (of.length === 0 ? [RealDate.now() + offsetMs] : of));
    }
    /** @override */
    static now() {
      return RealDate.now() + offsetMs;
    }
  };
}

/**
 * Lets the access tokens of all tabs expire, as when a device has slept.
 *
 * @param {Visit} visit
 * @param {Page[]} tabs
 */
export async function sleepUntilExpiry({ site, context }, tabs) {
  await site.shiftClock(BEYOND_EXPIRY_SECONDS);
  const shift = `shiftClock(${BEYOND_EXPIRY_SECONDS})`;
  // For pages and frames that are opened from now on.
  await context.addInitScript(shift);
  await Promise.all(tabs.map((tab) => tab.evaluate(shift)));
}
