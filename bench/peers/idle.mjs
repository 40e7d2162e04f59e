import { setTimeout as delay } from "node:timers/promises";
import { Visit } from "./visit.mjs";

/** @typedef {import("./libraries.mjs").Library} Library */
/** @typedef {import("./testbed.mjs").Testbed} Testbed */

const SETTLING_MS = 1000;
export const IDLE_SECONDS = 6;

/** Runs in a page before anything else, so that what its timers do is counted. */
function countTimers() {
  const page = /** @type {any} */ (globalThis);
  page.timersFired = 0;
  for (const name of ["setTimeout", "setInterval", "requestAnimationFrame"]) {
    const original = page[name].bind(page);
    page[name] = (/** @type {any} */ callback, /** @type {any[]} */ ...rest) =>
      original(
        (/** @type {any[]} */ ...args) => {
          page.timersFired += 1;
          callback(...args);
        },
        ...rest,
      );
  }
}

/**
 * @param {Testbed} testbed
 * @param {Library} library
 * @returns {Promise<number>} how often timers fired in some seconds with a session, when nothing was due
 */
export async function timersWhileIdle(testbed, library) {
  const visit = await Visit.begin(testbed, library);
  try {
    const page = await visit.newTab();
    await visit.load(page);
    await visit.logIn(page);
    await visit.context.addInitScript(countTimers);
    await visit.reload(page);
    await delay(SETTLING_MS);
    // Playwright's own waiting ends with the reload.
    await page.evaluate("timersFired = 0");
    await delay(IDLE_SECONDS * 1000);
    return await page.evaluate("timersFired");
  } finally {
    await visit.end();
  }
}
