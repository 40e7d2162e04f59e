import assert from "node:assert/strict";
import { before, test } from "node:test";
import { docsGenerator } from "../../dev/paths.mjs";
import { installPackages, setUpOrFail } from "../../dev/setup.mjs";
import { blocks, nameOf } from "./blocks.mjs";
import { checkCommands, checkHeaders, checkManifest, scriptsOf } from "./plain_samples.mjs";
import { checkRust } from "./rust_samples.mjs";
import { checkTypes } from "./typed_samples.mjs";

const all = blocks();

/** @param {string[]} kinds */
const of = (...kinds) => all.filter(({ kind }) => kinds.includes(kind));

before(async () => {
  await setUpOrFail();
  await installPackages(() => {}, docsGenerator);
});

test("every sample is of a kind that is checked", () => {
  const known = ["html", "http", "js", "json", "jsx", "rust", "sh", "toml", "ts", "tsx"];
  assert.deepEqual(all.filter(({ kind }) => !known.includes(kind)).map(nameOf), []);
  assert.ok(all.length > 15, `only ${all.length} samples were found`);
});

test("samples in TypeScript and JavaScript compile against the package", async () => {
  const samples = [
    ...of("js", "jsx", "ts", "tsx").map((block) => ({ block, kind: block.kind, code: block.code })),
    ...of("html").map((block) => ({ block, kind: "js", code: scriptsOf(block) })),
  ];
  assert.equal(await checkTypes(/** @type {Parameters<typeof checkTypes>[0]} */ (samples)), "");
});

test("samples in Rust compile, those for front ends to WebAssembly", async () => {
  const compiled =
    (await checkRust("browser", of("rust"))) + (await checkRust("server", of("rust")));
  assert.equal(compiled, of("rust").length);
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
