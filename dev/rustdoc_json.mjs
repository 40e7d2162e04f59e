import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { target } from "./paths.mjs";
import { runOrFail } from "./process.mjs";

/** @typedef {import("./process.mjs").Environment} Environment */

/**
 * What is read of an item that rustdoc describes. `inner` has one member, named as the kind of item.
 *
 * @typedef {object} Item
 * @property {number} crate_id 0 for the crate itself
 * @property {string | null} name
 * @property {string | null} docs
 * @property {{ filename: string, begin: [number, number] } | null} span
 * @property {Record<string, Inner>} inner
 */

/**
 * @typedef {object} Inner
 * @property {number | null} [id] of a `use`: what it names, if that is described
 * @property {number[]} [items] of a module, a trait or an `impl`
 * @property {number[]} [impls] of a type
 * @property {object | null} [trait] of an `impl`
 */

/** @typedef {{ root: number, index: Record<string, Item> }} Description */

const WASM = "wasm32-unknown-unknown";

/**
 * Has rustdoc describe crates for servers, with everything they have.
 *
 * @param {string[]} crates
 * @returns {Promise<string[]>} the file of each
 */
export function describeForServers(crates) {
  return describe(crates, ["--all-features"], {}, join(target, "doc"));
}

/**
 * Has rustdoc describe crates as a front end sees them.
 *
 * @param {string[]} crates
 * @param {Environment} wasm the environment of commands that compile to wasm32
 * @returns {Promise<string[]>} the file of each
 */
export function describeForBrowsers(crates, wasm) {
  return describe(crates, ["--target", WASM], wasm, join(target, WASM, "doc"));
}

/**
 * @param {string} file
 * @returns {Description}
 */
export function readDescription(file) {
  return JSON.parse(readFileSync(file, "utf8"));
}

/**
 * @param {string[]} crates
 * @param {string[]} args
 * @param {Environment} env
 * @param {string} folder where rustdoc puts the files
 */
async function describe(crates, args, env, folder) {
  const packages = crates.flatMap((crate) => ["--package", crate]);
  await runOrFail("cargo", ["doc", "--no-deps", ...args, ...packages], {
    env: {
      ...env,
      RUSTDOC: unstableRustdoc(),
      RUSTDOCFLAGS: "-Zunstable-options --output-format=json",
    },
  });
  return crates.map((crate) => join(folder, `${crate.replaceAll("-", "_")}.json`));
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
