import { cpSync, rmSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { compileForSize } from "./compile_for_size.mjs";
import { buildPackage } from "./npm_package.mjs";
import { generated, root, site, standardLibrary, target } from "./paths.mjs";
import { runOrFail, stopEverythingOnSignal } from "./process.mjs";
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
      inputs: [
        ...["Cargo.toml", "Cargo.lock", ".cargo", "src"],
        ...["dev/build.mjs", "dev/compile_for_size.mjs"],
      ],
      facts: [compiler],
      outputs: [
        join(generated, "portcullis.js"),
        join(generated, "portcullis_bg.wasm"),
        standardLibrary,
      ],
    },
    async () => {
      const std = await compileForSize(CARGO, wasm, doing, [
        `-Clink-arg=-zstack-size=${STACK_BYTES}`,
      ]);
      await runOrFail("wasm-bindgen", [
        ...["--target", "web", "--out-dir", generated, "--out-name", "portcullis"],
        // npm/core.ts says where the wasm is.
        "--omit-default-module-path",
        join(target, TARGET, "wasm", "portcullis.wasm"),
      ]);
      writeFileSync(standardLibrary, std);
    },
  );
}

const TARGET = "wasm32-unknown-unknown";

/** The crate is optimized as a whole only where nothing else is made of it than the wasm. */
const CARGO = [
  ...["--lib", "--crate-type", "cdylib"],
  ...["--target", TARGET, "--profile", "wasm", "--features", "js"],
];

/**
 * The size of the stack. Every page has all of it from the beginning, and the usual 1 MiB would be most of
 * its memory. The deepest that anybody can make a page go takes less than a third of this; with the data
 * behind it, it fits into one page of wasm memory.
 */
export const STACK_BYTES = 48 * 1024;

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
