import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compileForSize } from "./compile_for_size.mjs";
import { FEATURES, optimize } from "./npm_package.mjs";
import { root, target } from "./paths.mjs";
import { runOrFail } from "./process.mjs";
import { shortenNames } from "./short_names.mjs";
import { step } from "./step.mjs";
import { unlessUnchanged } from "./unchanged.mjs";

/** @typedef {import("./process.mjs").Environment} Environment */
/** @typedef {"leptos" | "yew"} RustExample */

/** @type {readonly RustExample[]} */
export const rustExamples = ["yew", "leptos"];

/** A folder to serve: each app lies in the folder of its name, and works under that path. */
export const rustExamplesSite = join(target, "examples", "site");

/** The same apps without a login, to measure what the login weighs. */
export const rustExamplesWithoutAuth = join(target, "examples", "without-auth");

const TARGET = "wasm32-unknown-unknown";
const STATIC_FILES = ["index.html", "start.js"];

/**
 * Builds one of the apps in examples/ that are written in Rust, for somebody who wants to see it.
 *
 * @param {RustExample} app
 * @param {(what: string) => void} doing
 * @param {Environment} wasm the environment of commands that compile to wasm32
 * @returns {Promise<string>} the folder to serve
 */
export async function buildRustExample(app, doing, wasm) {
  await buildApp(app, wasm, false, doing);
  writeEntrance(app);
  return rustExamplesSite;
}

/**
 * Builds all of them, as far as something changed.
 *
 * @param {Environment} wasm the environment of commands that compile to wasm32
 * @param {{ withoutAuth?: boolean }} [how] the apps without a login, in place of those with one
 */
export async function buildRustExamples(wasm, { withoutAuth = false } = {}) {
  for (const app of rustExamples) {
    const name = withoutAuth ? `${app} app without auth` : `${app} app`;
    await step(name, (doing) => buildApp(app, wasm, withoutAuth, doing));
  }
  writeEntrance(rustExamples[0]);
}

/**
 * Who opens the root comes to this app.
 *
 * @param {RustExample} app
 */
function writeEntrance(app) {
  mkdirSync(rustExamplesSite, { recursive: true });
  writeFileSync(
    join(rustExamplesSite, "index.html"),
    `<!doctype html>
<html lang="en">
  <meta charset="utf-8" />
  <meta http-equiv="refresh" content="0; url=/${app}/" />
  <title>Portcullis</title>
  <a href="/${app}/">Go on to the app</a>
</html>
`,
  );
}

/**
 * @param {RustExample} app
 * @param {Environment} wasm
 * @param {boolean} withoutAuth
 * @param {(what: string) => void} doing
 */
async function buildApp(app, wasm, withoutAuth, doing) {
  const source = join("examples", `${app}-app`);
  const crate = `crates/portcullis-${app}`;
  const name = withoutAuth ? `${app}-example-without-auth` : `${app}-example`;
  const folder = join(withoutAuth ? rustExamplesWithoutAuth : rustExamplesSite, app);
  const features = withoutAuth ? ["--no-default-features"] : [];
  return unlessUnchanged(
    name,
    {
      inputs: [
        ...["Cargo.toml", "Cargo.lock", "examples/rust-app.css", source],
        ...["dev/rust_examples.mjs", "dev/compile_for_size.mjs", "dev/short_names.mjs"],
        ...(withoutAuth ? [] : ["src", `${crate}/Cargo.toml`, `${crate}/src`]),
      ],
      facts: [await runOrFail("rustc", ["--version", "--verbose"], { env: wasm })],
      outputs: [join(folder, "app_bg.wasm")],
    },
    async () => {
      await compileForSize(
        [...["--package", `${app}-app`, "--target", TARGET, "--profile", "wasm"], ...features],
        wasm,
        doing,
      );
      const glue = join(target, "examples", "glue", name);
      rmSync(glue, { recursive: true, force: true });
      await runOrFail("wasm-bindgen", [
        ...["--target", "web", "--no-typescript", "--out-dir", glue, "--out-name", "app"],
        join(target, TARGET, "wasm", `${app}-app.wasm`),
      ]);
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder, { recursive: true });
      const wasmFile = join(folder, "app_bg.wasm");
      await optimize(join(glue, "app_bg.wasm"), wasmFile);
      const short = join(glue, "short.js");
      writeFileSync(short, await shortenNames(wasmFile, join(glue, "app.js"), FEATURES));
      await bundleGlue(short, join(folder, "app.js"));
      for (const file of STATIC_FILES) copyFileSync(join(root, source, file), join(folder, file));
      copyFileSync(join(root, "examples", "rust-app.css"), join(folder, "style.css"));
    },
  );
}

/**
 * The glue that wasm-bindgen wrote, and the modules that it imports, as one small file.
 *
 * @param {string} from
 * @param {string} to
 */
async function bundleGlue(from, to) {
  const { build } = await import("esbuild");
  await build({
    ...{ entryPoints: [from], outfile: to, bundle: true, minify: true },
    ...{ format: "esm", platform: "browser", target: "es2022", logLevel: "error" },
  });
}
