import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { generated, target } from "../../dev/paths.mjs";
import { rustExamples } from "../../dev/rust_examples.mjs";

/**
 * @param {string} file
 * @returns {Promise<string[]>} the exports that are named after a class of the npm package
 */
async function exportsOfThePackage(file) {
  const module = await WebAssembly.compile(readFileSync(file));
  return WebAssembly.Module.exports(module)
    .map(({ name }) => name)
    .filter((name) => /^(__wbg_)?core_/.test(name));
}

test("an app in Yew or Leptos exports nothing of the npm package", async () => {
  // What is served has short names.
  const ofPackage = await exportsOfThePackage(join(generated, "portcullis_bg.wasm"));
  assert.ok(ofPackage.length > 0, "the package's own exports are known by their names");
  for (const app of rustExamples) {
    const wasm = join(target, "examples", "glue", `${app}-example`, "app_bg.wasm");
    assert.deepEqual(await exportsOfThePackage(wasm), []);
  }
});
