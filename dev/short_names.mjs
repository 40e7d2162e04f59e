import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { runOrFail } from "./process.mjs";
import { Failure } from "./step.mjs";

/** @typedef {{ imports: [module: string, name: string, short: string][], exports: [name: string, short: string][] }} Names */

/** What wasm-opt calls the one module that it makes of all. */
const MODULE = "a";

/**
 * Gives what the wasm imports and exports short names, in the wasm and in the glue that wasm-bindgen
 * wrote for it. Wasm-bindgen's own are long and hold hashes, which do not compress.
 *
 * @param {string} wasm the file, which is changed
 * @param {string} glue the file
 * @param {string[]} features that wasm-opt has to know
 * @returns {Promise<string>} the glue with short names
 */
export async function shortenNames(wasm, glue, features) {
  const pass = "--minify-imports-and-exports-and-modules";
  const printed = await runOrFail("wasm-opt", [pass, ...features, wasm, "--output", wasm]);
  const module = `./${basename(glue, ".js")}_bg.js`;
  return shortened(readFileSync(glue, "utf8"), module, JSON.parse(printed));
}

/**
 * @param {string} glue
 * @param {string} own the module under which the wasm imports what is in the glue itself
 * @param {Names} names
 */
function shortened(glue, own, { imports, exports }) {
  /** @type {string[]} */
  const ofModules = [];
  for (const [module, name, short] of imports) {
    if (module === own) {
      glue = replaced(glue, new RegExp(`^ +${name}: function`, "m"), `${short}: function`);
    } else {
      const [, alias] = found(glue, new RegExp(`^import \\* as (\\w+) from "${module}"`, "m"));
      ofModules.push(`${short}: ${alias}.${name}`);
    }
  }
  for (const [name, short] of exports) {
    glue = glue.replaceAll(new RegExp(`\\bwasm\\.${name}\\b`, "g"), () => `wasm.${short}`);
  }
  const [given] = found(glue, /return \{\s+__proto__: null,\s+"\.\/\w+_bg\.js"[^}]*\}/);
  return glue.replace(
    given,
    () => `return { ${MODULE}: { ${["...import0", ...ofModules].join()} } }`,
  );
}

/**
 * The glue without wasm-bindgen's loader, for those who have one of their own.
 *
 * @param {string} glue
 */
export function withoutLoader(glue) {
  const [loader] = found(glue, /^async function __wbg_load.*/ms);
  return glue.replace(loader, () => "export { __wbg_get_imports, __wbg_finalize_init };");
}

/**
 * @param {string} glue
 * @param {RegExp} pattern
 * @param {string} text
 */
function replaced(glue, pattern, text) {
  found(glue, pattern);
  return glue.replace(pattern, () => text);
}

/**
 * @param {string} glue
 * @param {RegExp} pattern
 */
function found(glue, pattern) {
  const match = pattern.exec(glue);
  if (!match) throw new Failure(`wasm-bindgen's glue is not as expected: it lacks ${pattern}.`);
  return match;
}
