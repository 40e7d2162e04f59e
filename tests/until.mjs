import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";

const LIMIT_MS = 60_000;

/**
 * Waits until something holds that can be told only later: Playwright's `waitForFunction` takes the promise
 * of an asynchronous function for a yes.
 *
 * @param {string} what
 * @param {() => Promise<boolean>} holds
 */
export async function until(what, holds) {
  const deadline = performance.now() + LIMIT_MS;
  while (!(await holds())) {
    assert.ok(performance.now() < deadline, `in vain waited until ${what}`);
    await delay(20);
  }
}
