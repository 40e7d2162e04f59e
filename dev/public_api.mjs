import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { root } from "./paths.mjs";
import { runOrFail, stopEverythingOnSignal } from "./process.mjs";
import { describeForBrowsers } from "./rustdoc_json.mjs";
import { setUpOrFail } from "./setup.mjs";
import { command, Failure } from "./step.mjs";

/** @typedef {import("./process.mjs").Environment} Environment */

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
  const descriptions = await describeForBrowsers(CRATES, wasm);
  const changed = [];
  for (const [index, crate] of CRATES.entries()) {
    const now = await publicApi(descriptions[index]);
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

/** @param {string} json what rustdoc has written of a crate */
async function publicApi(json) {
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
