import { setTimeout as delay } from "node:timers/promises";
import { makeClockShiftable, sleepUntilExpiry } from "./shifted_clock.mjs";
import { Visit } from "./visit.mjs";

/** @typedef {import("./libraries.mjs").Library} Library */
/** @typedef {import("./testbed.mjs").Testbed} Testbed */
/** @typedef {import("playwright-core").Page} Page */

const CALLS = 50;
const TABS = 5;
/** How long an app goes on asking for a token, once a second, before its user reloads the page. */
const TRIES = 5;

/**
 * @typedef {object} Refreshes
 * @property {number} requests refreshes that reached the server
 * @property {number} failed calls that got no token
 */

/**
 * What it costs the server when many calls need a new access token at the same moment.
 *
 * @param {Testbed} testbed
 * @param {Library} library
 * @returns {Promise<Refreshes>}
 */
export function fiftyCalls(testbed, library) {
  return refreshesOf(testbed, library, 1, CALLS);
}

/**
 * The same for one call in each of five tabs.
 *
 * @param {Testbed} testbed
 * @param {Library} library
 * @returns {Promise<Refreshes>}
 */
export function fiveTabs(testbed, library) {
  return refreshesOf(testbed, library, TABS, 1);
}

/**
 * @param {Testbed} testbed
 * @param {Library} library
 * @param {number} count
 * @param {number} calls in each tab
 */
async function refreshesOf(testbed, library, count, calls) {
  return loggedIn(testbed, library, async (visit, first) => {
    const { gateway } = visit.site;
    const tabs = [first];
    while (tabs.length < count) {
      const tab = await visit.newTab();
      await visit.load(tab);
      tabs.push(tab);
    }
    await sleepUntilExpiry(visit, tabs);
    gateway.exchanges = [];
    const failures = await Promise.all(tabs.map((tab) => failuresAmong(tab, calls)));
    return {
      requests: gateway.refreshes,
      failed: failures.reduce((sum, failed) => sum + failed, 0),
    };
  });
}

/**
 * The server rotates the refresh token and its answer never comes.
 *
 * @param {Testbed} testbed
 * @param {Library} library
 * @returns {Promise<"goes on" | "goes on after a reload" | "lost">} what becomes of the session
 */
export async function lostAnswer(testbed, library) {
  return loggedIn(testbed, library, async (visit, page) => {
    await sleepUntilExpiry(visit, [page]);
    visit.site.gateway.answersToLose = 1;
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      if ((await failuresAmong(page, 1)) === 0) return "goes on";
      await delay(1000);
    }
    const reloaded = await visit.reload(page).catch(() => ({ usable: null }));
    return reloaded.usable === null ? "lost" : "goes on after a reload";
  });
}

/**
 * @template Outcome
 * @param {Testbed} testbed
 * @param {Library} library
 * @param {(visit: Visit, page: Page) => Promise<Outcome>} work with a session
 */
async function loggedIn(testbed, library, work) {
  const visit = await Visit.begin(testbed, library);
  try {
    await visit.context.addInitScript(makeClockShiftable);
    const page = await visit.newTab();
    await visit.load(page);
    await visit.logIn(page);
    return await work(visit, page);
  } finally {
    visit.site.gateway.answersToLose = 0;
    await visit.site.shiftClock(0);
    await visit.end();
  }
}

/**
 * Asks for a token several times at the same moment.
 *
 * @param {Page} tab
 * @param {number} calls
 * @returns {Promise<number>} how many got none
 */
async function failuresAmong(tab, calls) {
  /** One that goes to the server's login page instead of failing has lost its session, too. */
  const navigated = tab.waitForEvent("framenavigated", {
    predicate: (frame) => frame === tab.mainFrame(),
    timeout: 0,
  });
  const asked = tab.evaluate(async (calls) => {
    const { app } = /** @type {{ told: { app: import("./page.js").App } }} */ (
      /** @type {unknown} */ (globalThis)
    ).told;
    const limit = new Promise((_, late) => setTimeout(late, 15_000));
    const tokens = Array.from({ length: calls }, () => Promise.race([app.token(), limit]));
    const outcomes = await Promise.allSettled(tokens);
    return outcomes.filter((outcome) => outcome.status === "rejected" || !outcome.value).length;
  }, calls);
  return Promise.race([asked.catch(() => calls), navigated.then(() => calls)]);
}
