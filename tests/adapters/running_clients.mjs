import { until } from "../until.mjs";

/** @typedef {import("playwright-core").Page} Page */

/**
 * @param {Page} page
 * @returns {Promise<number>} of clients that run in this browser with a session: each holds a lock for that
 */
export function clientsOf(page) {
  return page.evaluate(async () => {
    const { held = [] } = await navigator.locks.query();
    return held.filter(({ name }) => name?.startsWith("portcullis tab ")).length;
  });
}

/**
 * @param {Page} page
 * @param {number} count
 */
export function untilClients(page, count) {
  return until(`there are ${count} clients`, async () => (await clientsOf(page)) === count);
}
