import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { packageFolder } from "../../dev/paths.mjs";
import { runOrFail } from "../../dev/process.mjs";

/** @returns {Promise<string[]>} the files of the tarball that npm would publish */
async function packedFiles() {
  const report = await runOrFail("npm", ["pack", "./pkg", "--dry-run", "--json", "--silent"]);
  /** @type {{ files: { path: string }[] }[]} */
  const [{ files }] = JSON.parse(report.slice(report.indexOf("[")));
  return files.map(({ path }) => path).sort();
}

const manifest = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8"));

/** The modules that users import, by their subpath. */
const MODULES = Object.entries(manifest.exports).flatMap(([subpath, entry]) =>
  typeof entry === "object" ? [{ subpath, file: /** @type {string} */ (entry.default) }] : [],
);

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
    files.filter((file) => file.endsWith(".ts") && !/^src\/|\.d\.ts$/.test(file)),
    [],
  );
});

test("the package has the subpaths for React, Svelte, Vue and tests, each with types", () => {
  const subpaths = MODULES.map(({ subpath }) => subpath);
  for (const subpath of [".", "./react", "./svelte", "./testing", "./vue"]) {
    assert.ok(subpaths.includes(subpath), subpath);
  }
  const paths = [manifest.types, ...Object.values(manifest.exports)].flatMap((entry) =>
    typeof entry === "string" ? [entry] : Object.values(entry),
  );
  for (const path of paths) assert.ok(existsSync(join(packageFolder, path)), path);
});

test("the manifest is one for users", () => {
  for (const field of ["private", "scripts", "devDependencies", "overrides"]) {
    assert.equal(manifest[field], undefined, field);
  }
  assert.equal(manifest.sideEffects, false);
  assert.equal(manifest.type, "module");
  for (const peer of Object.keys(manifest.peerDependencies)) {
    assert.deepEqual(manifest.peerDependenciesMeta[peer], { optional: true }, peer);
  }
});

test("every map leads to sources that are in the package", () => {
  const maps = readdirSync(packageFolder).filter((file) => file.endsWith(".map"));
  for (const { file } of MODULES) {
    const name = basename(file, ".js");
    assert.ok(maps.includes(`${name}.js.map`) && maps.includes(`${name}.d.ts.map`), name);
  }
  for (const map of maps) {
    /** @type {{ sources: string[], sourcesContent?: string[] }} */
    const { sources, sourcesContent } = JSON.parse(readFileSync(join(packageFolder, map), "utf8"));
    for (const [index, source] of sources.entries()) {
      const isHere = existsSync(join(packageFolder, source));
      assert.ok(isHere || sourcesContent?.[index], `${map} leads to ${source}`);
    }
  }
});

test("the wasm is found beside the module, as bundlers understand it", () => {
  const module = readFileSync(join(packageFolder, "index.js"), "utf8");
  assert.match(module, /new URL\("portcullis_bg\.wasm",\s*import\.meta\.url\)/);
});

test("the subpaths have no core of their own: what they need of it they import", () => {
  for (const { subpath, file } of MODULES.filter(({ subpath }) => subpath !== ".")) {
    const module = readFileSync(join(packageFolder, file), "utf8");
    assert.ok(!module.includes("WebAssembly"), subpath);
    assert.match(module, /from\s*"\.\/index\.js"/, subpath);
  }
});

for (const { subpath, file } of MODULES) {
  test(`importing ${join(manifest.name, subpath)} where there is no window does nothing`, async () => {
    const url = pathToFileURL(join(packageFolder, file));
    const output = await runOrFail(process.execPath, [
      "--input-type=module",
      "--eval",
      `console.log(Object.keys(await import(${JSON.stringify(url)})).join())`,
    ]);
    assert.match(output, /^\w+(,\w+)*\n$/);
  });
}
