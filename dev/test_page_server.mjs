import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** How many threads the server of wasm-bindgen's test runner keeps. */
const THREADS = 4;
const RETRY_MS = 20;

/**
 * Occupies the threads that the server of wasm-bindgen's test runner keeps, so that it starts one for each connection
 * of the browser. A thread that looks idle may have been given a connection a moment before; the next connection would
 * then wait for that one's end, which a browser that keeps its connections open puts off for minutes.
 *
 * @param {number} port
 * @param {AbortSignal} until
 */
export async function occupyThreads(port, until) {
  for (let held = 0; held < THREADS && !until.aborted;) {
    const socket = connect({ port, host: "127.0.0.1" });
    try {
      await once(socket, "connect", { signal: until });
      until.addEventListener("abort", () => socket.destroy());
      // The server may end it; that is no concern of the tests.
      socket.on("error", () => socket.destroy());
      held += 1;
    } catch {
      socket.destroy();
      if (!until.aborted) await delay(RETRY_MS);
    }
  }
}
