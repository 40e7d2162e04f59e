import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../../dev/paths.mjs";
import { runOrFail } from "../../dev/process.mjs";

/** @typedef {{ name: string, features: Record<string, string[]>, rust_version: string }} Package */

/** @returns {Promise<Package>} */
async function portcullis() {
  const metadata = await runOrFail("cargo", [
    ...["metadata", "--format-version", "1", "--no-deps", "--offline"],
  ]);
  /** @type {{ packages: Package[] }} */
  const { packages } = JSON.parse(metadata.slice(metadata.indexOf("{")));
  const found = packages.find(({ name }) => name === "portcullis");
  assert.ok(found);
  return found;
}

test("each feature of the crate is in its documentation", async () => {
  const { features } = await portcullis();
  const documentation = readFileSync(join(root, "src", "lib.rs"), "utf8");
  for (const feature of Object.keys(features).filter((name) => name !== "default")) {
    assert.ok(documentation.includes(`//! - \`${feature}\`: `), feature);
  }
});

test("the oldest Rust that the crate works with is in the README", async () => {
  const { rust_version } = await portcullis();
  const readme = readFileSync(join(root, "README.md"), "utf8");
  assert.ok(readme.includes(`Rust ${rust_version} or newer`));
});
