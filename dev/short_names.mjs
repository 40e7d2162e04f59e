import { readFileSync } from "node:fs";
import { join } from "node:path";
import { generated } from "./paths.mjs";
import { runOrFail } from "./process.mjs";
import { Failure } from "./step.mjs";

/** @typedef {{ imports: [module: string, name: string, short: string][], exports: [name: string, short: string][] }} Names */

/** What wasm-opt calls the one module that it makes of all. */
const MODULE = "a";
const GLUE = "./portcullis_bg.js";

/**
 * Gives what the wasm imports and exports short names, in the wasm and in the glue that wasm-bindgen
 * wrote for it. Wasm-bindgen's own are long and hold hashes, which do not compress.
 *
 * @param {string} wasm the file, which is changed
 * @param {string[]} features that wasm-opt has to know
 * @returns {Promise<string>} the glue
 */
export async function shortenNames(wasm, features) {
  const pass = "--minify-imports-and-exports-and-modules";
  const printed = await runOrFail("wasm-opt", [pass, ...features, wasm, "--output", wasm]);
  return shortened(readFileSync(join(generated, "portcullis.js"), "utf8"), JSON.parse(printed));
}

/**
 * Without wasm-bindgen's loader, as `npm/core.ts` has one that tells what is wrong.
 *
 * @param {string} glue
 * @param {Names} names
 */
function shortened(glue, { imports, exports }) {
  /** @type {string[]} */
  const ofModules = [];
  for (const [module, name, short] of imports) {
    if (module === GLUE) {
      glue = replaced(glue, new RegExp(`^ +${name}: function`, "m"), `${short}: function`);
    } else {
      const [, alias] = found(glue, new RegExp(`^import \\* as (\\w+) from "${module}"`, "m"));
      ofModules.push(`${short}: ${alias}.${name}`);
    }
  }
  for (const [name, short] of exports) {
    glue = glue.replaceAll(new RegExp(`\\bwasm\\.${name}\\b`, "g"), () => `wasm.${short}`);
  }
  const [loader] = found(glue, /^async function __wbg_load.*/ms);
  glue = glue.replace(loader, () => "export { __wbg_get_imports, __wbg_finalize_init };");
  const [given] = found(glue, /return \{\s+__proto__: null,\s+"\.\/portcullis_bg\.js"[^}]*\}/);
  return glue.replace(
    given,
    () => `return { ${MODULE}: { ${["...import0", ...ofModules].join()} } }`,
  );
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
