import { generateSigningKey } from "../../tests/conformance/signing_keys.mjs";
import { HostileServer } from "../../tests/conformance/hostile_server.mjs";
import { codeOf, findWasmMemory, heapOf } from "./devtools.mjs";
import { Visit } from "./visit.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("./libraries.mjs").Library} Library */
/** @typedef {import("./testbed.mjs").Testbed} Testbed */

/**
 * @typedef {object} Sample memory in bytes
 * @property {number} refreshes
 * @property {number} jsHeap
 * @property {number} objects what of it is not code
 * @property {number} wasmMemory
 */

/** @typedef {Exclude<keyof Sample, "refreshes">} MemoryKind */

/**
 * The refreshes before those over which memory has to be flat. In them V8 makes most of the machine code of
 * what a refresh runs, and gives up the bytecode of what it does not, neither of which is a leak: a leak
 * goes on afterwards.
 */
export const SETTLING = 2_000;

/** A divisor of {@link SETTLING}, so that there is a sample at its end. */
const BETWEEN = 400;

/**
 * What a page holds in memory while it refreshes its session over and over, from before the first refresh
 * on.
 *
 * @param {Testbed} testbed
 * @param {Library} library
 * @param {number} refreshes how many come after it has settled
 * @returns {Promise<Sample[]>}
 */
export async function memoryOverRefreshes(testbed, library, refreshes) {
  const server = new HostileServer();
  await server.start(testbed.pages.origin);
  const { issuer } = server;
  const metadata = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
  server.beHonest([await generateSigningKey("ES256")]);
  const visit = await Visit.begin(testbed, library, { issuer, metadata });
  try {
    await visit.context.addInitScript(findWasmMemory);
    const page = await visit.newTab();
    await visit.load(page);
    await visit.comeBack(page);
    const samples = [await sampleOf(page, 0)];
    const all = SETTLING + refreshes;
    let done = 0;
    while (done < all) {
      const count = Math.min(BETWEEN, all - done);
      await refresh(page, count);
      done += count;
      samples.push(await sampleOf(page, done));
    }
    return samples;
  } finally {
    await visit.end();
    server.stop();
  }
}

/**
 * @param {Page} page
 * @param {number} count
 */
async function refresh(page, count) {
  await page.evaluate(async (count) => {
    const { app } = /** @type {{ told: { app: import("./page.js").App } }} */ (
      /** @type {unknown} */ (globalThis)
    ).told;
    for (let refresh = 0; refresh < count; refresh += 1) await app.refresh();
  }, count);
}

/**
 * @param {Page} page
 * @param {number} refreshes that it has made
 * @returns {Promise<Sample>}
 */
async function sampleOf(page, refreshes) {
  const heap = await heapOf(page);
  return { refreshes, objects: heap.jsHeap - (await codeOf(page)), ...heap };
}
