import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { AuthError } from "portcullis";
import { consoleLogger } from "portcullis/console";

/** @type {{ level: string, text: string }[]} */
let written = [];
beforeEach(() => {
  written = [];
  for (const level of /** @type {const} */ (["debug", "warn"])) {
    mock.method(console, level, (/** @type {string} */ text) => void written.push({ level, text }));
  }
});
afterEach(() => mock.restoreAll());

const refreshed = { message: "new access token", event: /** @type {const} */ ("refreshed") };
const failed = { message: "refresh failed", error: { code: "network", message: "no answer" } };

test("what happens is written as verbose and what goes wrong as a warning, each with its time", () => {
  const logger = consoleLogger();
  logger(refreshed);
  logger(failed);
  assert.deepEqual(
    written.map(({ level }) => level),
    ["debug", "warn"],
  );
  assert.match(written[0].text, /^\[portcullis\] .*\d.* new access token$/);
  assert.match(written[1].text, /^\[portcullis\] .*\d.* refresh failed \(network: no answer\)$/);
});

test("with errorsOnly only what goes wrong is written", () => {
  const logger = consoleLogger({ errorsOnly: true });
  logger(refreshed);
  logger(failed);
  assert.deepEqual(
    written.map(({ level }) => level),
    ["warn"],
  );
});

test("an option of a wrong type and an unknown one are refused by name", () => {
  for (const [name, options] of Object.entries({
    errorsOnly: { errorsOnly: "yes" },
    level: { level: 1 },
  })) {
    assert.throws(
      () => consoleLogger(/** @type {any} */ (options)),
      (error) =>
        error instanceof AuthError &&
        error.code === "invalid_config" &&
        error.message.includes(name),
    );
  }
});
