import { readFileSync } from "node:fs";
import { join } from "node:path";
import { optimize } from "./npm_package.mjs";
import { generated, target } from "./paths.mjs";
import { wasmFunctions } from "./wasm_functions.mjs";

/** @typedef {import("./wasm_functions.mjs").WasmFunction} WasmFunction */

/** How many of the largest are printed. */
const ROWS = 15;

/** Prints what each crate and each family of functions costs of the wasm, before compression. */
export async function reportSize() {
  const named = join(target, "portcullis_with_names.wasm");
  await optimize(join(generated, "portcullis_bg.wasm"), named, ["-g"]);
  const functions = wasmFunctions(readFileSync(named)).map(({ name, bytes }) => ({
    name: name.replaceAll(/\[[0-9a-f]{16}\]|::h[0-9a-f]{16}$/g, ""),
    bytes,
  }));
  print("by crate", functions, crateOf);
  print("by family", functions, familyOf);
  print("the largest functions", functions, (name) => name);
}

/**
 * The crate that a function is of; what is generic counts for the crate that wrote it.
 *
 * @param {string} name
 */
function crateOf(name) {
  return /[a-z_][a-z0-9_]*(?=::)/.exec(name)?.[0] ?? "without a path: exports and shims";
}

/**
 * The module of this crate that a function is of, or what kind of code it is.
 *
 * @param {string} name
 */
function familyOf(name) {
  if (/drop_in_place|drop_slow/.test(name)) return "drop code";
  const module = /^[<&]*(portcullis(::[a-z_]+){0,2})/.exec(name)?.[1];
  if (!module) return /portcullis::/.test(name) ? "generic, over our types" : crateOf(name);
  const isAsync = /\{(async_)?(closure|fn)/.test(name) ? ", async and closures" : "";
  return `${module}${isAsync}`;
}

/**
 * @param {string} title
 * @param {WasmFunction[]} functions
 * @param {(name: string) => string} groupOf
 */
function print(title, functions, groupOf) {
  /** @type {Map<string, number>} */
  const groups = new Map();
  let total = 0;
  for (const { name, bytes } of functions) {
    const group = groupOf(name);
    groups.set(group, (groups.get(group) ?? 0) + bytes);
    total += bytes;
  }
  console.log(`\nbytes of code ${title}`);
  const largest = [...groups].sort(([, a], [, b]) => b - a).slice(0, ROWS);
  for (const [group, bytes] of largest) {
    const share = `${((bytes / total) * 100).toFixed(1)} %`;
    console.log(`${bytes.toLocaleString("en").padStart(9)} ${share.padStart(7)}  ${shown(group)}`);
  }
}

/** @param {string} name */
function shown(name) {
  return name.length > 100 ? `${name.slice(0, 99)}…` : name;
}
