import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../../dev/paths.mjs";

/**
 * @param {string} file
 * @param {RegExp} pattern whose first group is a code
 */
function codesOf(file, pattern) {
  const text = readFileSync(join(root, file), "utf8");
  const codes = [...text.matchAll(pattern)].map(([, code]) => code);
  assert.ok(codes.length > 40, `${file} names only ${codes.length} codes`);
  return codes.sort();
}

const inRust = codesOf("src/error.rs", /^ {4}[A-Z]\w+ "(\w+)" "/gm);
const inTypeScript = codesOf("npm/auth_error.ts", /^ {2}\| "(\w+)"/gm);

test("TypeScript names the error codes that the core has", () => {
  assert.deepEqual(inTypeScript, inRust);
});

test("docs/errors.md explains every error code once, and no other", () => {
  assert.deepEqual(codesOf("docs/errors.md", /^\| `(\w+)` +\|/gm), inTypeScript);
});

test("docs/errors.md gives each error code a cause and a cure", () => {
  const page = readFileSync(join(root, "docs/errors.md"), "utf8");
  for (const [row, code] of page.matchAll(/^\| `(\w+)` .*$/gm)) {
    const [, , cause, cure] = row.split("|").map((cell) => cell.trim());
    for (const text of [cause, cure]) assert.match(text ?? "", /^.{5,}\.$/, code);
  }
});
