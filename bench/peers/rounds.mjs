import { sizeOf } from "./bundles.mjs";
import { findWasmMemory, heapOf, mainThreadCpu, slowDown } from "./devtools.mjs";
import { serialRoundTrips } from "./round_trips.mjs";
import { quartiles } from "./statistics.mjs";
import { Visit } from "./visit.mjs";

/** @typedef {import("./libraries.mjs").Library} Library */
/** @typedef {import("./testbed.mjs").Testbed} Testbed */
/** @typedef {import("playwright-core").Page} Page */

/** What the server waits before each answer, where a network is not as near as here. */
export const LATENCY_MS = 40;
/** A slow mobile network. */
export const SLOW = { latencyMs: 150, bitsPerSecond: 1.6e6 };
const READING_MS = 200;

/**
 * One round of one library: a first and a second load, a login and two reloads, without and with latency,
 * and a first load on a slow network.
 *
 * @param {Testbed} testbed
 * @param {Library} library
 * @returns {Promise<Record<string, number>>} times in milliseconds, memory in bytes
 */
export async function measureRound(testbed, library) {
  return {
    ...(await withoutLatency(testbed, library)),
    ...(await withLatency(testbed, library)),
    ...(await onSlowNetwork(testbed, library)),
  };
}

/**
 * The first load of all, as on a phone.
 *
 * @param {Testbed} testbed
 * @param {Library} library
 */
async function onSlowNetwork(testbed, library) {
  const visit = await Visit.begin(testbed, library);
  try {
    const page = await visit.newTab();
    await slowDown(page, SLOW);
    const { ready, usable } = await visit.load(page);
    return { slowReady: ready, slowUsable: usable };
  } finally {
    await visit.end();
  }
}

/**
 * @param {Testbed} testbed
 * @param {Library} library
 */
async function withoutLatency(testbed, library) {
  const visit = await Visit.begin(testbed, library);
  try {
    await visit.context.addInitScript(findWasmMemory);
    const page = await visit.newTab();
    const cpu = await mainThreadCpu(page);
    const cold = await visit.load(page);
    const coldCpu = await cpu();
    const warm = await visit.load(page);
    const callback = await visit.logIn(page);
    const reloading = await mainThreadCpu(page);
    const reload = await visit.reload(page);
    const reloadCpu = await reloading();
    return {
      coldReady: cold.ready,
      coldRequests: cold.before.length,
      coldBytes: sizeOf(library, cold.files).brotli,
      warmReady: warm.ready,
      coldCpu,
      callback: callback.ready,
      reloadReady: reload.ready,
      reloadUsable: reload.usable,
      reloadCpu,
      tokenRead: await timeOfTokenRead(page),
      ...(await heapOf(page)),
    };
  } finally {
    await visit.end();
  }
}

/**
 * @param {Testbed} testbed
 * @param {Library} library
 */
async function withLatency(testbed, library) {
  const { gateway } = testbed.siteFor(library);
  const visit = await Visit.begin(testbed, library);
  gateway.exchanges = [];
  try {
    const page = await visit.newTab();
    await visit.load(page);
    gateway.latencyMs = LATENCY_MS;
    const callback = await visit.logIn(page);
    const reload = await visit.reload(page);
    return {
      farCallback: callback.ready,
      callbackTrips: serialRoundTrips(callback.before),
      callbackRequests: callback.before.length,
      farReloadReady: reload.ready,
      reloadReadyRequests: reload.before.length,
      farReloadUsable: reload.usable,
      reloadTrips: serialRoundTrips(reload.exchanges),
      reloadRequests: reload.exchanges.length,
    };
  } finally {
    gateway.latencyMs = 0;
    await visit.end();
  }
}

/**
 * @param {Page} page with a session
 * @returns {Promise<number>} microseconds for a token that is at hand: the median of some batches
 */
async function timeOfTokenRead(page) {
  const times = await page.evaluate(async (enoughMs) => {
    const { app } = /** @type {{ told: { app: import("./page.js").App } }} */ (
      /** @type {unknown} */ (globalThis)
    ).told;
    const timeOf = async (/** @type {number} */ reads) => {
      const began = performance.now();
      for (let read = 0; read < reads; read += 1) await app.token();
      return performance.now() - began;
    };
    // The clock of a page has steps of 0.1 ms: so many at once that these don't matter.
    let reads = 1;
    while ((await timeOf(reads)) < enoughMs / 20) reads *= 2;
    const perRead = [];
    const end = performance.now() + enoughMs;
    while (performance.now() < end) perRead.push(((await timeOf(reads)) / reads) * 1000);
    return perRead;
  }, READING_MS);
  return quartiles(times).median;
}
