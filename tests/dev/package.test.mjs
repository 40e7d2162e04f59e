import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { packageFolder } from "../../dev/paths.mjs";
import { runOrFail } from "../../dev/process.mjs";

/** @returns {Promise<string[]>} the files of the tarball that npm would publish */
async function packedFiles() {
  const report = await runOrFail("npm", ["pack", "./pkg", "--dry-run", "--json", "--silent"]);
  /** @type {{ files: { path: string }[] }[]} */
  const [{ files }] = JSON.parse(report.slice(report.indexOf("[")));
  return files.map(({ path }) => path).sort();
}

test("the package holds what its manifest promises, and nothing of the development", async () => {
  const files = await packedFiles();
  for (const file of [
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "index.d.ts",
    "index.js",
    "package.json",
    "portcullis_bg.wasm",
  ]) {
    assert.ok(files.includes(file), `${file} is missing`);
  }
  assert.deepEqual(
    files.filter(
      (file) => !/^(LICENSE-|README\.md$|package\.json$)|\.(js|map|ts|wasm)$/.test(file),
    ),
    [],
  );
  assert.deepEqual(
    files.filter((file) => file.endsWith(".ts") && !file.endsWith(".d.ts")),
    [],
  );
});

test("every path of the manifest exists in the package", () => {
  const manifest = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8"));
  const paths = [manifest.types, ...Object.values(manifest.exports)].flatMap((entry) =>
    typeof entry === "string" ? [entry] : Object.values(entry),
  );
  for (const path of paths) assert.ok(existsSync(join(packageFolder, path)), path);
  for (const field of ["private", "scripts", "devDependencies"]) {
    assert.equal(manifest[field], undefined, field);
  }
});

test("the wasm is found beside the module, as bundlers understand it", () => {
  const module = readFileSync(join(packageFolder, "index.js"), "utf8");
  assert.match(module, /new URL\("portcullis_bg\.wasm",\s*import\.meta\.url\)/);
});

test("importing the package where there is no window does nothing", async () => {
  const output = await runOrFail(process.execPath, [
    "--input-type=module",
    "--eval",
    `console.log(Object.keys(await import(${JSON.stringify(join(packageFolder, "index.js"))})).join())`,
  ]);
  assert.match(output, /\w/);
});
