import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync } from "node:fs";
import { rmSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { installDebianPackages } from "./apt.mjs";
import { cache } from "./paths.mjs";
import { run, runOrFail } from "./process.mjs";
import { Failure } from "./step.mjs";

/** @typedef {import("./process.mjs").Environment} Environment */

const WASM = "wasm32-unknown-unknown";
const RUSTUP_LIMIT_MS = 90_000;
const SYSROOTS = join(cache, "wasm-sysroot");
const DEBIAN_RUSTLIB = "/usr/lib/rustlib";
const STD_DEPENDENCIES = join(DEBIAN_RUSTLIB, "src", "rust", "library", "vendor");

/** Variables that would lead Debian's compiler back to another one. */
const NO_OTHER_COMPILER = {
  RUSTUP_TOOLCHAIN: undefined,
  CARGO_ENCODED_RUSTFLAGS: undefined,
  RUSTC_WRAPPER: undefined,
};

/**
 * Sees to it that Rust compiles to wasm32: by rustup, and where that fails by Debian's compiler with
 * a standard library built once. PORTCULLIS_WASM_TARGET=rustup or =debian allows one way only.
 *
 * @param {(what: string) => void} doing
 * @returns {Promise<{ way: string, environment: Environment }>}
 *   the environment is what commands that compile to wasm32 need
 */
export async function ensureWasmTarget(doing) {
  const only = process.env.PORTCULLIS_WASM_TARGET;
  if (only !== undefined && only !== "rustup" && only !== "debian") {
    throw new Failure(`PORTCULLIS_WASM_TARGET is "${only}"; it can be rustup or debian.`);
  }
  if (only !== "debian") {
    if (await compilerHasTarget()) return { way: "already there", environment: {} };
    if (only === undefined) {
      const sysroot = await findDebianSysroot();
      if (sysroot) return debianToolchain(sysroot, "Debian's compiler, built earlier");
    }
    doing("adding it by rustup");
    const failure = await addWithRustup();
    if (failure === null) return { way: "added by rustup", environment: {} };
    if (only === "rustup") {
      throw new Failure(
        `The ${WASM} target could not be added (${failure}); run: rustup target add ${WASM}`,
      );
    }
    return debianToolchain(
      await makeDebianSysroot(doing),
      `Debian's compiler, as rustup ${failure}`,
    );
  }
  const ready = await findDebianSysroot();
  if (ready) return debianToolchain(ready, "Debian's compiler, built earlier");
  return debianToolchain(
    await makeDebianSysroot(doing),
    "Debian's compiler, standard library built",
  );
}

/**
 * Sees to it that the standard library can be rebuilt for size. Without its source everything works,
 * and the wasm is larger.
 *
 * @param {Environment} wasm the environment of commands that compile to wasm32
 * @param {(what: string) => void} doing
 */
export async function ensureStandardLibrarySource(wasm, doing) {
  const sysroot = await run("rustc", ["--print", "sysroot"], { env: wasm });
  const library = join(sysroot.output.trim(), "lib", "rustlib", "src", "rust", "library");
  if (existsSync(library)) return "already there";
  doing("adding it by rustup");
  const added = await run("rustup", ["component", "add", "rust-src"], {
    timeoutMs: RUSTUP_LIMIT_MS,
  });
  return added.code === 0
    ? "added by rustup"
    : "not there, the wasm gets a tenth larger; for a small one run: rustup component add rust-src";
}

async function compilerHasTarget() {
  const { code, output } = await run("rustc", ["--print", "target-libdir", "--target", WASM]);
  return code === 0 && hasStandardLibrary(output.trim());
}

/** @param {string} folder */
function hasStandardLibrary(folder) {
  return existsSync(folder) && readdirSync(folder).some((name) => /^libstd-.*\.rlib$/.test(name));
}

/** @returns {Promise<string | null>} what went wrong, or null */
async function addWithRustup() {
  const { code, output, timedOut } = await run("rustup", ["target", "add", WASM], {
    timeoutMs: RUSTUP_LIMIT_MS,
  });
  if (timedOut) return `did not answer within ${RUSTUP_LIMIT_MS / 1000} s`;
  if (code === 0) return null;
  return `said "${output.trim().split("\n").at(-1)}"`;
}

/** @returns {Promise<string | null>} the folder of a sysroot for the installed Debian compiler */
async function findDebianSysroot() {
  const name = await debianCompilerName();
  if (name === null) return null;
  const sysroot = join(SYSROOTS, name);
  return existsSync(sysroot) ? sysroot : null;
}

/** @returns {Promise<string | null>} the compiler's commit and its package's version */
async function debianCompilerName() {
  const version = await run("dpkg-query", ["--show", "--showformat=${Version}", "rustc-web"]);
  const compiler = await run("/usr/bin/rustc", ["--version", "--verbose"]);
  if (version.code !== 0 || version.output === "" || compiler.code !== 0) return null;
  const commit = /^commit-hash: (\w+)$/m.exec(compiler.output)?.[1] ?? "unknown";
  return `${commit.slice(0, 9)}-${version.output}`.replaceAll(/[^\w.+-]/g, "_");
}

/**
 * @param {(what: string) => void} doing
 * @returns {Promise<string>} its folder
 */
async function makeDebianSysroot(doing) {
  doing("installing Debian's compiler");
  await installDebianPackages(`The ${WASM} target`, [
    "rustc-web",
    "cargo-web",
    "rust-web-src",
    "rust-web-llvm",
    await newestLinkerPackage(),
  ]);
  const name = await debianCompilerName();
  if (name === null) throw new Failure("Debian's rustc-web is installed but does not run.");

  doing("building its standard library");
  mkdirSync(SYSROOTS, { recursive: true });
  const work = mkdtempSync(join(SYSROOTS, "building-"));
  try {
    const sysroot = join(work, "sysroot");
    await buildStandardLibrary(join(work, "empty"), sysroot);
    linkHostLibraries(sysroot);
    writeWrappers(sysroot);
    return moveIntoPlace(sysroot, join(SYSROOTS, name));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function newestLinkerPackage() {
  const { output } = await run("apt-cache", ["search", "--names-only", "^lld-[0-9]+$"]);
  const versions = output.split("\n").map((line) => Number(/^lld-(\d+) /.exec(line)?.[1] ?? 0));
  return `lld-${Math.max(...versions)}`;
}

/**
 * @param {string} folder an empty crate's, whose build makes cargo compile std
 * @param {string} sysroot
 */
async function buildStandardLibrary(folder, sysroot) {
  mkdirSync(join(folder, "src"), { recursive: true });
  writeFileSync(
    join(folder, "Cargo.toml"),
    '[package]\nname = "empty"\nversion = "0.0.0"\nedition = "2024"\n\n[workspace]\n',
  );
  writeFileSync(join(folder, "src", "lib.rs"), "#![no_std]\n");
  await runOrFail(
    "/usr/bin/cargo",
    [
      "build",
      "--release",
      "--offline",
      `--target=${WASM}`,
      "-Zbuild-std=std,panic_abort,test,proc_macro",
      "--config=source.crates-io.replace-with='debian'",
      `--config=source.debian.directory='${STD_DEPENDENCIES}'`,
    ],
    {
      cwd: folder,
      env: {
        ...NO_OTHER_COMPILER,
        CARGO_TARGET_DIR: join(folder, "target"),
        CARGO_BUILD_BUILD_DIR: undefined,
        RUSTC: "/usr/bin/rustc",
        RUSTC_BOOTSTRAP: "1",
        // Without bitcode a later build with link-time optimisation dies.
        RUSTFLAGS: "-Cembed-bitcode=yes",
      },
    },
  );
  const built = join(folder, "target", WASM, "release", "deps");
  const libraries = join(sysroot, "lib", "rustlib", WASM, "lib");
  mkdirSync(libraries, { recursive: true });
  for (const file of readdirSync(built)) {
    if (file.endsWith(".rlib") && !file.startsWith("libempty-")) {
      cpSync(join(built, file), join(libraries, file));
    }
  }
}

/** @param {string} sysroot */
function linkHostLibraries(sysroot) {
  const rustlib = join(sysroot, "lib", "rustlib");
  for (const entry of readdirSync(DEBIAN_RUSTLIB)) {
    if (entry !== WASM) symlinkSync(join(DEBIAN_RUSTLIB, entry), join(rustlib, entry));
  }
}

/** @param {string} sysroot */
function writeWrappers(sysroot) {
  const programs = join(sysroot, "bin");
  mkdirSync(programs);
  const here = '#!/bin/sh\nhere=$(cd "$(dirname "$0")" && pwd)\n';
  for (const program of ["rustc", "rustdoc"]) {
    const run = `exec /usr/bin/${program} --sysroot "$here/.." "$@"\n`;
    writeFileSync(join(programs, program), here + run, { mode: 0o755 });
  }
  const run = 'RUSTC="$here/rustc" RUSTDOC="$here/rustdoc" exec /usr/bin/cargo "$@"\n';
  writeFileSync(join(programs, "cargo"), here + run, { mode: 0o755 });
}

/**
 * @param {string} made
 * @param {string} place
 */
function moveIntoPlace(made, place) {
  try {
    renameSync(made, place);
  } catch (error) {
    // Somebody else was faster, with the same result.
    if (!existsSync(place)) throw error;
  }
  return place;
}

/**
 * @param {string} sysroot
 * @param {string} way
 * @returns {{ way: string, environment: Environment }}
 */
function debianToolchain(sysroot, way) {
  return {
    way,
    environment: {
      ...NO_OTHER_COMPILER,
      PATH: [join(sysroot, "bin"), process.env.PATH].join(delimiter),
      // cargo would not notice that the standard library is another one.
      CARGO_BUILD_BUILD_DIR: join(cache, "target-debian"),
    },
  };
}
