import { copyFileSync, cpSync, mkdirSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { basename, extname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { generated, packageFolder, root, site, standardLibrary } from "./paths.mjs";
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
      const small = await run("wasm-pack", [...WASM_PACK, ...SMALL_STD.args], {
        env: { ...wasm, RUSTC_BOOTSTRAP: "1", RUSTFLAGS: flags(wasm, SMALL_STD.flags) },
      });
      if (small.code !== 0) {
        doing("compiling it with the standard library as it comes");
        await runOrFail("wasm-pack", WASM_PACK, { env: { ...wasm, RUSTFLAGS: flags(wasm, []) } });
      }
      writeFileSync(standardLibrary, small.code === 0 ? "small" : "plain");
    },
  );
}

const WASM_PACK = [
  ...["build", ".", "--target", "web", "--profile", "wasm"],
  ...["--mode", "no-install", "--no-pack", "--no-opt"],
  ...["--out-dir", relative(root, generated), "--out-name", "portcullis"],
  ...["--features", "js"],
];

/**
 * Rebuilt without the texts of panics, the standard library brings a tenth less. It needs rust-src,
 * and switches that a stable compiler has but does not promise to keep; without them the package is
 * the same, only larger.
 */
const SMALL_STD = {
  args: ["-Zbuild-std=std,panic_abort", "-Zbuild-std-features=optimize_for_size"],
  flags: [
    "-Zunstable-options",
    "-Cpanic=immediate-abort",
    "-Zlocation-detail=none",
    "-Zfmt-debug=none",
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

async function buildPackage() {
  const wasm = join(packageFolder, "portcullis_bg.wasm");
  return unlessUnchanged(
    "package",
    {
      inputs: [
        ...["npm", "package.json", "package-lock.json", "tsconfig.base.json", "dev/build.mjs"],
        ...["README.md", "LICENSE-MIT", "LICENSE-APACHE"],
      ],
      outputs: [join(packageFolder, "index.js"), join(packageFolder, "index.d.ts"), wasm],
    },
    async () => {
      rmSync(packageFolder, { recursive: true, force: true });
      mkdirSync(packageFolder);
      await optimize(join(generated, "portcullis_bg.wasm"), wasm);
      await bundlePackage();
      await writeDeclarations();
      writeManifest();
      for (const file of ["README.md", "LICENSE-MIT", "LICENSE-APACHE"]) {
        copyFileSync(join(root, file), join(packageFolder, file));
      }
    },
  );
}

/**
 * @param {string} from
 * @param {string} to
 */
async function optimize(from, to) {
  await runOrFail("wasm-opt", [
    "-Oz",
    "--converge",
    // Functions with one caller, which are many and large in async code, compress better by themselves.
    "--one-caller-inline-max-function-size=20",
    // What rustc's wasm32 target uses by default.
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
    "--strip-debug",
    "--strip-producers",
    "--strip-target-features",
    from,
    "--output",
    to,
  ]);
}

async function bundlePackage() {
  const esbuild = await import("esbuild");
  await esbuild.build({
    entryPoints: [join(root, "npm", "index.ts")],
    outfile: join(packageFolder, "index.js"),
    bundle: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    minify: true,
    sourcemap: true,
    logLevel: "warning",
  });
}

/** Writes the type declarations that a user's compiler reads, which are free of the glue's. */
async function writeDeclarations() {
  await runOrFail("tsc", [
    ...["--project", "npm", "--noEmit", "false"],
    ...["--declaration", "--emitDeclarationOnly", "--outDir", relative(root, packageFolder)],
  ]);
  const files = await runOrFail("tsc", [
    ...["--ignoreConfig", "--noEmit", "--strict", "--exactOptionalPropertyTypes", "--listFiles"],
    ...["--target", "es2022", "--lib", "es2022,dom,dom.iterable", "--types", ""],
    ...["--module", "nodenext", "--moduleResolution", "nodenext"],
    join("pkg", "index.d.ts"),
  ]);
  const read = new Set(files.split("\n").map((file) => basename(file)));
  for (const file of readdirSync(packageFolder)) {
    if (file.endsWith(".d.ts") && !read.has(file)) rmSync(join(packageFolder, file));
  }
}

/** The package's manifest is the project's, seen from inside pkg/ and without what only serves development. */
function writeManifest() {
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"), (_key, value) =>
    typeof value === "string" && value.startsWith("./pkg/") ? `./${value.slice(6)}` : value,
  );
  for (const field of ["private", "scripts", "devDependencies", "engines"]) delete manifest[field];
  writeFileSync(join(packageFolder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
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
