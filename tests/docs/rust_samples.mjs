import { copyFileSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { frontEndCrates, serverCrates } from "../../dev/crates.mjs";
import { root, target } from "../../dev/paths.mjs";
import { runOrFail } from "../../dev/process.mjs";
import { setUpOrFail } from "../../dev/setup.mjs";
import { nameOf } from "./blocks.mjs";

/** @typedef {import("./blocks.mjs").Block} Block */

/** The kinds of program that samples are part of. */
const PROGRAMS = {
  browser: {
    dependencies: [
      `portcullis = { path = ${JSON.stringify(root)} }`,
      ...frontEndCrates.map(
        (crate) => `${crate} = { path = ${JSON.stringify(join(root, "crates", crate))} }`,
      ),
      'gloo-dialogs = "0.2"',
      'gloo-net = { version = "0.7", default-features = false, features = ["http"] }',
      'leptos = { version = "0.8", features = ["csr"] }',
      'leptos_router = "0.8"',
      'wasm-bindgen = "0.2"',
      'wasm-bindgen-futures = "0.4"',
      'yew = { version = "0.23", features = ["csr"] }',
      'yew-router = "0.20"',
    ],
    args: ["--target", "wasm32-unknown-unknown"],
  },
  server: {
    dependencies: [`portcullis = { path = ${JSON.stringify(root)}, features = ["verify"] }`],
    args: [],
  },
};

/** @returns {string[]} the crates that `cargo test` compiles natively, with the samples they include */
function nativeSources() {
  const folders = ["src", ...serverCrates.map((crate) => join("crates", crate, "src"))];
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".rs"))
      .map((file) => readFileSync(join(root, folder, file), "utf8")),
  );
}

const included = nativeSources()
  .flatMap((source) => [...source.matchAll(/#\[doc = include_str!\("[./]*([^"]+)"\)\]/g)])
  .map(([, page]) => page);

/**
 * Whether `cargo test` compiles the samples of a page, as some crate includes it as its documentation.
 *
 * @param {string} page
 */
export function isTestedByCargo(page) {
  return included.includes(page);
}

/**
 * @param {Block} block
 * @returns {keyof typeof PROGRAMS}
 */
function programOf({ code }) {
  return /\bportcullis::(verify|protocol)\b/.test(code) ? "server" : "browser";
}

/**
 * Compiles the samples as modules of one program.
 *
 * @param {keyof typeof PROGRAMS} program
 * @param {Block[]} samples
 */
export async function checkRust(program, samples) {
  const folder = join(target, "docs", `rust-samples-${program}`);
  const { dependencies, args } = PROGRAMS[program];
  const modules = samples
    .filter((block) => programOf(block) === program)
    .map((block, index) => {
      const given = block.given.replaceAll("\n", " ");
      return `// ${nameOf(block)}\nmod sample_${index} { ${given}\n${block.code}}\n`;
    });
  if (modules.length === 0) return 0;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "lib.rs"), `#![allow(dead_code)]\n${modules.join("\n")}`);
  writeFileSync(
    join(folder, "Cargo.toml"),
    `[package]\nname = "samples"\nversion = "0.0.0"\nedition = "2024"\n
[lib]\npath = "lib.rs"\n
[dependencies]\n${dependencies.join("\n")}\n
[workspace]\n`,
  );
  copyFileSync(join(root, "Cargo.lock"), join(folder, "Cargo.lock"));
  const { wasm } = await setUpOrFail();
  await runOrFail("cargo", ["check", "--quiet", ...args], {
    cwd: folder,
    env: {
      ...wasm,
      CARGO_BUILD_BUILD_DIR: process.env.CARGO_BUILD_BUILD_DIR ?? target,
      CARGO_TARGET_DIR: join(folder, "target"),
    },
  });
  return modules.length;
}
