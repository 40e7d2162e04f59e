import assert from "node:assert/strict";
import { before, test } from "node:test";
import { docsGenerator } from "../../dev/paths.mjs";
import { installPackages, setUpOrFail } from "../../dev/setup.mjs";
import { blocks, nameOf } from "./blocks.mjs";
import { scriptOfSvelte, scriptOfVue } from "./component_samples.mjs";
import { checkCommands, checkHeaders, checkManifest, scriptsOf } from "./plain_samples.mjs";
import { checkRust, isTestedByCargo } from "./rust_samples.mjs";
import { runAsTest } from "./test_samples.mjs";
import { checkTypes } from "./typed_samples.mjs";

const all = blocks();

/** @param {string[]} kinds */
const of = (...kinds) => all.filter(({ kind }) => kinds.includes(kind));

before(async () => {
  await setUpOrFail();
  await installPackages(() => {}, docsGenerator);
});

test("every sample is of a kind that is checked", () => {
  const known = [
    ...["html", "http", "js", "json", "jsx", "rust", "sh", "svelte", "toml", "ts", "tsx", "vue"],
  ];
  assert.deepEqual(all.filter(({ kind }) => !known.includes(kind)).map(nameOf), []);
  assert.ok(all.length > 50, `only ${all.length} samples were found`);
});

test("samples in TypeScript and JavaScript compile against the package", async () => {
  const samples = [
    ...of("js", "jsx", "ts", "tsx").map((block) => ({ block, kind: block.kind, code: block.code })),
    ...of("html").map((block) => ({ block, kind: "js", code: scriptsOf(block) })),
    ...of("svelte").map((block) => ({ block, kind: "js", code: scriptOfSvelte(block) })),
    ...of("vue").map((block) => ({ block, kind: "ts", code: scriptOfVue(block) })),
  ];
  assert.equal(await checkTypes(/** @type {Parameters<typeof checkTypes>[0]} */ (samples)), "");
});

test("samples that are tests pass", async () => {
  const tests = of("js").filter(({ code }) => code.includes('from "node:test"'));
  assert.ok(tests.length > 0, "none was found");
  for (const block of tests) await runAsTest(block);
});

test("samples in Rust compile, those for front ends to WebAssembly", async () => {
  const samples = of("rust").filter(({ page }) => !isTestedByCargo(page));
  const compiled = (await checkRust("browser", samples)) + (await checkRust("server", samples));
  assert.equal(compiled, samples.length);
});

test("samples of Cargo.toml are read by cargo", async () => {
  for (const block of of("toml")) await checkManifest(block);
});

test("samples of commands name scripts and files that exist", () => {
  of("sh").forEach(checkCommands);
});

test("samples of headers and of JSON can be parsed", () => {
  of("http").forEach(checkHeaders);
  for (const block of of("json")) assert.doesNotThrow(() => JSON.parse(block.code), nameOf(block));
});
