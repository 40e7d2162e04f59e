import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root, target } from "./paths.mjs";

/**
 * Does a piece of work unless it was done with the same inputs before and its outputs are still there.
 *
 * @param {string} name names the record that is kept of it
 * @param {{ inputs: string[], facts?: string[], outputs: string[] }} what inputs are files and folders
 *   of the checkout; facts are other things the outcome depends on
 * @param {() => Promise<void>} work
 * @returns {Promise<string>} in a word what happened
 */
export async function unlessUnchanged(name, { inputs, facts = [], outputs }, work) {
  const record = join(target, "built", name);
  const wanted = fingerprint(inputs, facts);
  const done = existsSync(record) && readFileSync(record, "utf8") === wanted;
  if (done && outputs.every((output) => existsSync(output))) return "unchanged";
  await work();
  mkdirSync(join(target, "built"), { recursive: true });
  writeFileSync(record, wanted);
  return "built";
}

/**
 * @param {string[]} inputs
 * @param {string[]} facts
 */
function fingerprint(inputs, facts) {
  const hash = createHash("sha256");
  for (const file of inputs.flatMap(filesOf).sort()) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update("\0");
  }
  for (const fact of facts) hash.update(`${fact}\0`);
  return hash.digest("hex");
}

/**
 * @param {string} path
 * @returns {string[]}
 */
function filesOf(path) {
  const full = join(root, path);
  if (!existsSync(full)) return [];
  if (!statSync(full).isDirectory()) return [path];
  return readdirSync(full).flatMap((name) => filesOf(join(path, name)));
}
