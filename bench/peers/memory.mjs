import { generateSigningKey } from "../../tests/conformance/signing_keys.mjs";
import { HostileServer } from "../../tests/conformance/hostile_server.mjs";
import { codeOf, findWasmMemory, heapOf } from "./devtools.mjs";
import { Visit } from "./visit.mjs";

/** @typedef {import("./libraries.mjs").Library} Library */
/** @typedef {import("./testbed.mjs").Testbed} Testbed */

/**
 * @typedef {object} Sample memory in bytes
 * @property {number} refreshes
 * @property {number} jsHeap
 * @property {number} objects what of it is not code
 * @property {number} wasmMemory
 */

const SAMPLES = 25;

/**
 * What a page holds in memory while it refreshes its session over and over.
 *
 * @param {Testbed} testbed
 * @param {Library} library
 * @param {number} refreshes
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
    const between = Math.ceil(refreshes / SAMPLES);
    /** @type {Sample[]} */
    const samples = [];
    for (let done = 0; done < refreshes; done += between) {
      await page.evaluate(async (count) => {
        const { app } = /** @type {{ told: { app: import("./page.js").App } }} */ (
          /** @type {unknown} */ (globalThis)
        ).told;
        for (let refresh = 0; refresh < count; refresh += 1) await app.refresh();
      }, between);
      const heap = await heapOf(page);
      const objects = heap.jsHeap - (await codeOf(page));
      samples.push({ refreshes: done + between, objects, ...heap });
    }
    return samples;
  } finally {
    await visit.end();
    server.stop();
  }
}
