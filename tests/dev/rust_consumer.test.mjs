import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { generated, root, target } from "../../dev/paths.mjs";
import { runOrFail } from "../../dev/process.mjs";
import { setUpOrFail } from "../../dev/setup.mjs";

/** Not in a temporary folder, so that the next run finds compiled what did not change. */
const crate = join(target, "rust-consumer");

const MANIFEST = `[package]
name = "rust-consumer"
version = "0.0.0"
edition = "2024"

[lib]
crate-type = ["cdylib"]
path = "lib.rs"

[dependencies]
portcullis = { path = ${JSON.stringify(root)} }
wasm-bindgen = "0.2"
wasm-bindgen-futures = "0.4"

[workspace]
`;

const SOURCE = `use portcullis::{Client, Config, LoginOptions};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
pub fn begin(issuer: String) {
    wasm_bindgen_futures::spawn_local(async move {
        let client = Client::start(Config::new(&issuer, "spa")).await.unwrap_throw();
        if client.state().user().is_none() {
            client.login_with_redirect(LoginOptions::new()).await.unwrap_throw();
        }
    });
}
`;

/** @returns {Promise<string>} the wasm of a Rust front end that uses the crate */
async function buildConsumer() {
  const { wasm } = await setUpOrFail();
  mkdirSync(crate, { recursive: true });
  writeFileSync(join(crate, "Cargo.toml"), MANIFEST);
  writeFileSync(join(crate, "lib.rs"), SOURCE);
  copyFileSync(join(root, "Cargo.lock"), join(crate, "Cargo.lock"));
  await runOrFail("cargo", ["build", "--target", "wasm32-unknown-unknown", "--offline"], {
    cwd: crate,
    env: {
      CARGO_BUILD_BUILD_DIR: process.env.CARGO_BUILD_BUILD_DIR ?? target,
      ...wasm,
      CARGO_TARGET_DIR: join(crate, "target"),
    },
  });
  return join(crate, "target", "wasm32-unknown-unknown", "debug", "rust_consumer.wasm");
}

/**
 * @param {string} file
 * @returns {Promise<string[]>} the names it exports
 */
async function exportsOf(file) {
  const module = await WebAssembly.compile(readFileSync(file));
  // Before wasm-bindgen has run over it, each name has a hash at its end.
  return WebAssembly.Module.exports(module).map(({ name }) => name.replace(/_[0-9a-f]{16}$/, ""));
}

/** @param {string} name */
const isOfTheNpmPackage = (name) => /(^|_)core_/.test(name);

test("a Rust front end exports what it defines itself and nothing of the npm package", async () => {
  const ofPackage = await exportsOf(join(generated, "portcullis_bg.wasm"));
  assert.ok(
    ofPackage.some(isOfTheNpmPackage),
    "the package's own exports are known by their names",
  );

  const names = await exportsOf(await buildConsumer());
  assert.deepEqual(names.filter(isOfTheNpmPackage), []);
  assert.deepEqual(
    names.filter((name) => !name.startsWith("__")),
    ["memory", "begin"],
  );
});
