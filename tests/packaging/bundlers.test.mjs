import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { asItIs, built, builtScript, devServer } from "./serving.mjs";
import { testbedOfThisFile } from "./testbed.mjs";

const testbed = testbedOfThisFile();

/** Two at a time; one that hangs fails instead of all of them waiting for it. */
const HOW = { concurrency: 2, timeout: 10 * 60_000 };

/**
 * @param {string} project of those in fixtures/, or an example
 * @param {import("./testbed.mjs").Serve} serve
 * @param {"a file" | "in the script"} wasm what docs/bundlers.md says of it
 */
async function logIn(project, serve, wasm) {
  const fixtures = "tests/packaging/fixtures";
  const sources = project.startsWith("examples/")
    ? [project]
    : [`${fixtures}/app`, `${fixtures}/${project}`];
  const paths = await testbed.logIn(sources, serve);
  const isFile = paths.some((path) => path.endsWith(".wasm"));
  assert.equal(isFile ? "a file" : "in the script", wasm);
}

describe("an app logs in, with no plugin and no configuration,", HOW, () => {
  test("without a bundler", () => logIn("plain", asItIs, "a file"));
  test("built by Vite 8", () => logIn("vite-8", built, "a file"));
  test("served by Vite 8", () => logIn("vite-8", devServer, "in the script"));
  test("built by Vite 7", () => logIn("vite-7", built, "a file"));
  test("served by Vite 7", () => logIn("vite-7", devServer, "in the script"));
  test("built by webpack 5", () => logIn("webpack-5", builtScript(), "a file"));
  test("built by Rollup", () => logIn("rollup", builtScript(), "in the script"));
  test("built by esbuild", () => logIn("esbuild", builtScript(), "in the script"));
  test("built by Parcel 2", () => logIn("parcel-2", built, "a file"));
});

describe("an app logs in with a wasm that it copied", HOW, () => {
  test("beside what Rollup built", () => logIn("rollup", builtScript("build:file"), "a file"));
  test("beside what esbuild built", () => logIn("esbuild", builtScript("build:file"), "a file"));
});

describe("an app of a framework logs in with the packed package", HOW, () => {
  for (const name of ["react", "vue", "svelte"]) {
    test(`${name}, built`, () => logIn(`examples/${name}-app`, built, "a file"));
    test(`${name}, served by Vite`, () =>
      logIn(`examples/${name}-app`, devServer, "in the script"));
  }
});
