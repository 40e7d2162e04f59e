/** @typedef {import("playwright-core").Page} Page */

/**
 * @param {Page} page
 * @returns {Promise<() => Promise<number>>} tells the milliseconds that its main thread has worked since
 */
export async function mainThreadCpu(page) {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  const worked = async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    return (metrics.find(({ name }) => name === "TaskDuration")?.value ?? NaN) * 1000;
  };
  const before = await worked();
  return async () => {
    const after = await worked();
    await session.detach();
    return after - before;
  };
}

/** Runs in a page before anything else, so that its wasm can be weighed. */
export function findWasmMemory() {
  const page = /** @type {{ wasmMemories: WebAssembly.Memory[] }} */ (
    /** @type {unknown} */ (globalThis)
  );
  page.wasmMemories = [];
  for (const name of /** @type {const} */ (["instantiate", "instantiateStreaming"])) {
    const instantiate = /** @type {(...args: unknown[]) => Promise<any>} */ (WebAssembly[name]);
    WebAssembly[name] = async (/** @type {unknown[]} */ ...args) => {
      const made = await instantiate(...args);
      const exports = Object.values((made.instance ?? made).exports);
      page.wasmMemories.push(...exports.filter((it) => it instanceof WebAssembly.Memory));
      return made;
    };
  }
}

/**
 * What a page holds in memory once its garbage is collected.
 *
 * @param {Page} page in which {@link findWasmMemory} ran
 * @returns {Promise<{ jsHeap: number, wasmMemory: number }>} bytes
 */
export async function heapOf(page) {
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.enable");
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  const wasmMemory = await page.evaluate(() => {
    const { wasmMemories } = /** @type {{ wasmMemories: WebAssembly.Memory[] }} */ (
      /** @type {unknown} */ (globalThis)
    );
    return wasmMemories.reduce((bytes, { buffer }) => bytes + buffer.byteLength, 0);
  });
  await session.detach();
  return { jsHeap: usedSize, wasmMemory };
}
