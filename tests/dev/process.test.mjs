import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { launch, run, runOrFail, stop } from "../../dev/process.mjs";

test("stopping a program stops what it started too", async () => {
  const child = launch("sh", ["-c", "sleep 60 & echo started; wait"]);
  await once(/** @type {import("node:stream").Readable} */ (child.stdout), "data");
  const began = performance.now();
  // It is over when nobody holds the output any more, and the sleeping one does.
  await stop(child);
  assert.ok(performance.now() - began < 2000);
});

test("a program that hangs is ended at its time limit", async () => {
  const outcome = await run("sleep", ["60"], { timeoutMs: 100 });
  assert.equal(outcome.timedOut, true);
  assert.notEqual(outcome.code, 0);
});

test("a program that is not there is a failure, not a crash", async () => {
  const outcome = await run("no-such-program-anywhere", []);
  assert.equal(outcome.code, 127);
});

test("a failure shows what the program said and how it was called", async () => {
  await assert.rejects(runOrFail("sh", ["-c", "echo broken; exit 3"]), {
    message: "broken\n\nsh -c echo broken; exit 3 failed (3).",
  });
});

test("an undefined variable is taken out of a program's environment", async () => {
  process.env.PORTCULLIS_TEST_VARIABLE = "set";
  const { output } = await run("sh", ["-c", "echo ${PORTCULLIS_TEST_VARIABLE-unset}"], {
    env: { PORTCULLIS_TEST_VARIABLE: undefined },
  });
  delete process.env.PORTCULLIS_TEST_VARIABLE;
  assert.equal(output.trim(), "unset");
});
