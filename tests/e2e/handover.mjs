import { readFileSync } from "node:fs";

/** @typedef {import("playwright-core").BrowserContext} BrowserContext */

const REFRESH = new URL("../../src/client/refresh.rs", import.meta.url);
const LONG_MS = 60_000;

/**
 * Gives the tabs of a browser as much time as they need to hand their access token to each other. Without it
 * a tab that a busy machine holds back gets a token of its own, by a request more.
 *
 * @param {BrowserContext} context in which no tab asks while all others are closed
 */
export async function giveTimeToHandOver(context) {
  const [, limit] = /HANDOVER_LIMIT: f64 = ([0-9.]+)/.exec(readFileSync(REFRESH, "utf8")) ?? [];
  if (!limit) throw new Error(`${REFRESH.pathname} has no HANDOVER_LIMIT`);
  await context.addInitScript(
    ({ limit, long }) => {
      const { setTimeout } = window;
      /** @type {any} */ (window).setTimeout = (
        /** @type {TimerHandler} */ call,
        /** @type {number} */ milliseconds,
      ) => setTimeout(call, milliseconds === limit ? long : milliseconds);
    },
    { limit: Number(limit), long: LONG_MS },
  );
}
