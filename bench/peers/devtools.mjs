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

/**
 * @param {Page} page that gets all it asks for over such a network from now on
 * @param {{ latencyMs: number, bitsPerSecond: number }} network
 */
export async function slowDown(page, { latencyMs, bitsPerSecond }) {
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  const throughput = bitsPerSecond / 8;
  await session.send("Network.emulateNetworkConditions", {
    offline: false,
    latency: latencyMs,
    downloadThroughput: throughput,
    uploadThroughput: throughput,
  });
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
    // Modules may share one.
    const memories = [...new Set(wasmMemories)];
    return memories.reduce((bytes, { buffer }) => bytes + buffer.byteLength, 0);
  });
  await session.detach();
  return { jsHeap: usedSize, wasmMemory };
}

/**
 * How much of a page's heap is what the engine makes of its code: bytecode, machine code, and what it has
 * seen of types.
 *
 * @param {Page} page
 * @returns {Promise<number>} bytes
 */
export async function codeOf(page) {
  const session = await page.context().newCDPSession(page);
  let text = "";
  session.on("HeapProfiler.addHeapSnapshotChunk", ({ chunk }) => void (text += chunk));
  await session.send("HeapProfiler.enable");
  await session.send("HeapProfiler.takeHeapSnapshot", { reportProgress: false });
  await session.detach();
  const { nodes, snapshot } = JSON.parse(text);
  /** @type {{ node_fields: string[], node_types: [string[]] }} */
  const { node_fields: fields, node_types: types } = snapshot.meta;
  const [type, size] = [fields.indexOf("type"), fields.indexOf("self_size")];
  const code = types[0].indexOf("code");
  let bytes = 0;
  for (let node = 0; node < nodes.length; node += fields.length) {
    if (nodes[node + type] === code) bytes += nodes[node + size];
  }
  return bytes;
}
