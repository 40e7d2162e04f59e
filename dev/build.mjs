import { cpSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildPackage } from "./npm_package.mjs";
import { generated, root, site, standardLibrary, target } from "./paths.mjs";
import { run, runOrFail, stopEverythingOnSignal } from "./process.mjs";
import { setUpOrFail } from "./setup.mjs";
import { command, step } from "./step.mjs";
import { unlessUnchanged } from "./unchanged.mjs";

/** @typedef {import("./process.mjs").Environment} Environment */

/**
 * Builds the npm package into pkg/ and the demo page beside it, as far as something changed.
 *
 * @param {Environment} wasm the environment of commands that compile to wasm32
 */
export async function build(wasm) {
  await step("WebAssembly", (doing) => buildWasm(wasm, doing));
  await step("npm package", buildPackage);
  await step("demo page", buildSite);
}

/**
 * @param {Environment} wasm
 * @param {(what: string) => void} doing
 */
async function buildWasm(wasm, doing) {
  const compiler = await runOrFail("rustc", ["--version", "--verbose"], { env: wasm });
  return unlessUnchanged(
    "wasm",
    {
      inputs: ["Cargo.toml", "Cargo.lock", ".cargo", "src", "dev/build.mjs"],
      facts: [compiler],
      outputs: [
        join(generated, "portcullis.js"),
        join(generated, "portcullis_bg.wasm"),
        standardLibrary,
      ],
    },
    async () => {
      doing("compiling it and the standard library for size");
      const small = await run("cargo", [...CARGO, ...SMALL_STD.args, ...LINKER, ...LLVM], {
        env: { ...wasm, RUSTC_BOOTSTRAP: "1", RUSTFLAGS: flags(wasm, SMALL_STD.flags) },
      });
      if (small.code !== 0) {
        doing("compiling it with the standard library as it comes");
        await runOrFail("cargo", [...CARGO, ...LINKER], {
          env: { ...wasm, RUSTFLAGS: flags(wasm, []) },
        });
      }
      await runOrFail("wasm-bindgen", [
        ...["--target", "web", "--out-dir", generated, "--out-name", "portcullis"],
        // npm/core.ts says where the wasm is.
        "--omit-default-module-path",
        join(target, TARGET, "wasm", "portcullis.wasm"),
      ]);
      writeFileSync(standardLibrary, small.code === 0 ? "small" : "plain");
    },
  );
}

const TARGET = "wasm32-unknown-unknown";

/** The crate is optimized as a whole only where nothing else is made of it than the wasm. */
const CARGO = [
  ...["rustc", "--lib", "--crate-type", "cdylib"],
  ...["--target", TARGET, "--profile", "wasm", "--features", "js"],
];

/**
 * The size of the stack. Every page has all of it from the beginning, and the usual 1 MiB would be most of
 * its memory. The deepest that anybody can make a page go takes a quarter of this.
 */
export const STACK_BYTES = 64 * 1024;

const LINKER = ["--", `-Clink-arg=-zstack-size=${STACK_BYTES}`];

/**
 * Switches of LLVM that its -Oz lacks, as it does not know that the wasm is compressed:
 *
 * - It would make one function of a flow and all that only it awaits. Kept apart they compress better, as they
 *   have much in common. What an `async fn` is made into has a stack frame; what is short and had better be
 *   inlined has none.
 * - What is larger than a word is copied by one instruction, not word by word.
 * - Nothing is computed ahead on each of the ways that lead to where it is needed.
 * - What a loop counts by is what the source counts by.
 */
const LLVM = [
  "-Cllvm-args=-inline-max-stacksize=32",
  "-Cllvm-args=-max-store-memcpy=1",
  "-Cllvm-args=-enable-pre=false",
  "-Cllvm-args=-disable-lsr",
];

/**
 * Rebuilt without the texts of panics, the standard library brings a tenth less. It needs rust-src,
 * and switches that a stable compiler has but does not promise to keep; without them the package is
 * the same, only larger.
 *
 * JavaScript values are numbers in the wasm: the glue keeps their table, which costs less than to look into
 * one in the wasm at each call.
 */
const SMALL_STD = {
  args: ["-Zbuild-std=std,panic_abort", "-Zbuild-std-features=optimize_for_size"],
  flags: [
    "-Zunstable-options",
    "-Cpanic=immediate-abort",
    "-Zlocation-detail=none",
    "-Zfmt-debug=none",
    "-Ctarget-feature=-reference-types",
  ],
};

/**
 * @param {Environment} wasm
 * @param {string[]} more
 */
function flags(wasm, more) {
  return [wasm.RUSTFLAGS, withoutBuildersPaths(), ...more].filter(Boolean).join(" ");
}

/** The places in panic messages shall be the same on every machine, and short. */
function withoutBuildersPaths() {
  const cargoHome = process.env.CARGO_HOME ?? join(homedir(), ".cargo");
  return `--remap-path-prefix=${join(cargoHome, "registry", "src")}=`;
}

async function buildSite() {
  return unlessUnchanged(
    "site",
    {
      inputs: ["www", "package-lock.json", "tsconfig.base.json", "dev/build.mjs"],
      outputs: [join(site, "index.html")],
    },
    async () => {
      rmSync(site, { recursive: true, force: true });
      copyStaticFiles();
      await bundleSite();
    },
  );
}

function copyStaticFiles() {
  cpSync(join(root, "www"), site, {
    recursive: true,
    filter: (path) => extname(path) !== ".ts" && !path.endsWith("tsconfig.json"),
  });
}

async function bundleSite() {
  const esbuild = await import("esbuild");
  await esbuild.build({
    entryPoints: [join(root, "www", "main.ts")],
    outdir: site,
    bundle: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    sourcemap: true,
    alias: { portcullis: "/pkg/index.js" },
    external: ["/pkg/*"],
    logLevel: "warning",
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  stopEverythingOnSignal(130);
  await command(async () => {
    const { wasm } = await setUpOrFail();
    await build(wasm);
  });
}
