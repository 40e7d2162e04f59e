import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../../dev/paths.mjs";

/** @param {string} file */
const read = (file) => readFileSync(join(root, file), "utf8");

const declared = [...read("npm/mistake.ts").matchAll(/^ {2}\| "([\w-]+)"/gm)].map(
  ([, name]) => name,
);
const sentences = [...read("npm/mistakes.ts").matchAll(/^ {2}"?([\w-]+)"?:\s+"([^"]+)",$/gm)].map(
  ([, name, sentence]) => ({ name, sentence }),
);

test("there are ten mistakes, each with one sentence for the console", () => {
  assert.equal(declared.length, 10);
  assert.deepEqual(sentences.map(({ name }) => name).sort(), declared.toSorted());
  for (const { sentence } of sentences) assert.match(sentence, /^(?!.*\. ).*\.$/);
});

test("docs/mistakes.md explains each under the anchor that the console names, and no other", () => {
  const anchors = [...read("docs/mistakes.md").matchAll(/^## (.*)$/gm)].map(([, heading]) =>
    heading.toLowerCase().replaceAll(" ", "-"),
  );
  assert.deepEqual(anchors.sort(), declared.toSorted());
});

test("docs/mistakes.md quotes a warning as the console shows it", () => {
  const { sentence } = sentences.find(({ name }) => name === "cors") ?? { sentence: "?" };
  const shown = `> [portcullis] ${sentence} See portcullis/docs/mistakes.md#cors`;
  assert.ok(read("docs/mistakes.md").includes(shown), shown);
});

test("the mistakes that the core tells are among them", () => {
  const source = read("src/client/event.rs");
  const told = source.slice(source.indexOf("impl Mistake")).matchAll(/=> "([\w-]+)",$/gm);
  const names = [...told].map(([, name]) => name).filter((name) => !name.includes("_"));
  assert.equal(names.length, 3);
  for (const name of names) assert.ok(declared.includes(name), name);
});

test("each mistake is made for real by a test", () => {
  const tests = read("tests/e2e/mistakes.test.mjs");
  for (const name of declared) assert.ok(tests.includes(`warning("${name}")`), name);
});
