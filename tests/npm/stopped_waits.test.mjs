import { test } from "node:test";
import { sleep } from "../../src/browser/page.js";
import { aborted } from "../../src/js/abort.js";

// What waits in Rust for a promise that never settles is never freed: a page that is open for weeks would
// lose some memory with every request and every refresh.

test("a sleep that is stopped settles", async () => {
  const { result, stop } = sleep(3_600_000);
  stop();
  await result;
});

test("a wait for an abort that never comes settles when it is stopped", async () => {
  const { result, stop } = aborted(new AbortController().signal);
  stop();
  await result;
});
