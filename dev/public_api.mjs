import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { root, target } from "./paths.mjs";
import { runOrFail, stopEverythingOnSignal } from "./process.mjs";
import { setUpOrFail } from "./setup.mjs";
import { command, Failure } from "./step.mjs";

/** @typedef {import("./process.mjs").Environment} Environment */

const WASM = "wasm32-unknown-unknown";
const CRATES = ["portcullis", "portcullis-leptos", "portcullis-yew"];
const LISTINGS = join(root, "docs", "public-api");
const WRITE = "npm run public-api -- --write";

/**
 * Compares the public API of each crate with the listing of it that is kept in docs/public-api/.
 *
 * @param {Environment} wasm the environment of commands that compile to wasm32
 * @param {{ write?: boolean }} [how] whether the listings are written anew instead
 */
export async function checkPublicApi(wasm, { write = false } = {}) {
  await writeJson(wasm);
  const changed = [];
  for (const crate of CRATES) {
    const now = await publicApi(crate);
    const file = join(LISTINGS, `${crate}.txt`);
    const before = existsSync(file) ? readFileSync(file, "utf8") : "";
    if (write) {
      mkdirSync(LISTINGS, { recursive: true });
      writeFileSync(file, now);
    } else if (now !== before) {
      changed.push(...difference(before, now));
    }
  }
  if (changed.length > 0) {
    throw new Failure(
      `The public API changed:\n${changed.join("\n")}\nIf that is meant, run: ${WRITE}`,
    );
  }
}

/**
 * Only rustdoc may see the variable that unlocks its JSON: many build scripts would run again for it.
 *
 * @returns {string} a program
 */
function unstableRustdoc() {
  const program = join(target, "unstable-rustdoc");
  mkdirSync(target, { recursive: true });
  writeFileSync(program, '#!/bin/sh\nRUSTC_BOOTSTRAP=1 exec rustdoc "$@"\n', { mode: 0o755 });
  return program;
}

/**
 * Has rustdoc describe the crates as a front end sees them.
 *
 * @param {Environment} wasm
 */
async function writeJson(wasm) {
  const packages = CRATES.flatMap((crate) => ["--package", crate]);
  await runOrFail("cargo", ["doc", "--no-deps", "--target", WASM, ...packages], {
    env: {
      ...wasm,
      RUSTDOC: unstableRustdoc(),
      RUSTDOCFLAGS: "-Zunstable-options --output-format=json",
    },
  });
}

/** @param {string} crate */
async function publicApi(crate) {
  const json = join(target, WASM, "doc", `${crate.replaceAll("-", "_")}.json`);
  return runOrFail("cargo", ["run", "--quiet", "--package", "public-api-listing", "--", json]);
}

/**
 * @param {string} before
 * @param {string} now
 * @returns {string[]} the lines that are gone and those that came
 */
function difference(before, now) {
  const [old, recent] = [before, now].map((text) => new Set(text.split("\n")));
  return [
    ...[...old].filter((line) => !recent.has(line)).map((line) => `- ${line}`),
    ...[...recent].filter((line) => !old.has(line)).map((line) => `+ ${line}`),
  ];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  stopEverythingOnSignal(130);
  await command(async () => {
    const { values } = parseArgs({ options: { write: { type: "boolean" } } });
    const { wasm } = await setUpOrFail();
    await checkPublicApi(wasm, { write: values.write });
  });
}
