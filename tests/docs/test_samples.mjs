import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../dev/paths.mjs";
import { runOrFail } from "../../dev/process.mjs";
import { nameOf } from "./blocks.mjs";

/** @typedef {import("./blocks.mjs").Block} Block */

/** In the project's own folder, where its package can be imported by name. */
const FOLDER = join(root, "target", "docs", "test-samples");

/**
 * Runs a sample that is a test file.
 *
 * @param {Block} block
 */
export async function runAsTest(block) {
  mkdirSync(FOLDER, { recursive: true });
  const file = join(FOLDER, `${nameOf(block).replaceAll(/\W/g, "_")}.test.mjs`);
  writeFileSync(file, block.code);
  // As a program of its own: as one under this test runner it would report to it.
  await runOrFail(process.execPath, [file], { env: { NODE_TEST_CONTEXT: undefined } });
}
