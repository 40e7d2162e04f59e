import { fileURLToPath } from "node:url";
import { describeForBrowsers, describeForServers, readDescription } from "./rustdoc_json.mjs";
import { stopEverythingOnSignal } from "./process.mjs";
import { setUpOrFail } from "./setup.mjs";
import { command, Failure } from "./step.mjs";

/** @typedef {import("./process.mjs").Environment} Environment */
/** @typedef {import("./rustdoc_json.mjs").Description} Description */
/** @typedef {import("./rustdoc_json.mjs").Item} Item */

const FOR_SERVERS = ["portcullis", "portcullis-axum"];
const FOR_BROWSERS = ["portcullis", "portcullis-leptos", "portcullis-yew"];

/** The kinds of items that are to be shown in use; a field or a variant is shown with its type. */
const SHOWN = ["function", "struct", "enum", "union", "trait", "macro", "proc_macro"];

/** A code block of Rust, which rustdoc compiles: without a language, or with words of rustdoc's own. */
const EXAMPLE = /^ *```(?:rust|no_run|should_panic|compile_fail|edition\d+|,)* *$/m;

/**
 * Checks that whatever the crates make public is documented with an example. Rustdoc's own count does not
 * look at the methods of a type that is public only where it is exported again.
 *
 * @param {Environment} wasm the environment of commands that compile to wasm32
 */
export async function checkDocExamples(wasm) {
  const files = [
    ...(await describeForServers(FOR_SERVERS)),
    ...(await describeForBrowsers(FOR_BROWSERS, wasm)),
  ];
  const missing = files.flatMap((file) => itemsWithoutExample(readDescription(file)));
  if (missing.length > 0) {
    const lines = [...new Set(missing)].sort();
    throw new Failure(`Public items whose documentation has no example:\n${lines.join("\n")}`);
  }
}

/**
 * @param {Description} description
 * @returns {string[]} where each stands, and what it is
 */
export function itemsWithoutExample({ root, index }) {
  /** @type {Set<number>} */
  const seen = new Set();
  /** @type {string[]} */
  const missing = [];
  const visit = (/** @type {number} */ id) => {
    const item = index[id];
    if (seen.has(id) || item?.crate_id !== 0) return;
    seen.add(id);
    const [kind, { id: used, items = [], impls = [] }] = Object.entries(item.inner)[0];
    if (SHOWN.includes(kind) && !EXAMPLE.test(item.docs ?? "")) missing.push(place(kind, item));
    const inherent = impls.map((impl) => index[impl].inner.impl).filter((impl) => !impl.trait);
    const members = inherent.flatMap((impl) => impl.items ?? []);
    [used ?? [], items, members].flat().forEach(visit);
  };
  visit(root);
  return missing;
}

/**
 * @param {string} kind
 * @param {Item} item
 */
function place(kind, { name, span }) {
  return `${span?.filename}:${span?.begin[0]}: ${kind} ${name}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  stopEverythingOnSignal(130);
  await command(async () => {
    const { wasm } = await setUpOrFail();
    await checkDocExamples(wasm);
  });
}
