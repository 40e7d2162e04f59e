import { generateSigningKey } from "../../tests/conformance/signing_keys.mjs";
import { HostileServer } from "../../tests/conformance/hostile_server.mjs";
import { findWasmMemory, heapOf } from "./devtools.mjs";
import { Visit } from "./visit.mjs";

/** @typedef {import("./libraries.mjs").Library} Library */
/** @typedef {import("./testbed.mjs").Testbed} Testbed */

/** @typedef {{ refreshes: number, jsHeap: number, wasmMemory: number }} Sample memory in bytes */

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
      samples.push({ refreshes: done + between, ...(await heapOf(page)) });
    }
    return samples;
  } finally {
    await visit.end();
    server.stop();
  }
}
