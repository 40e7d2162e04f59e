import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ensureChromium, ensureFirefox, ensureWebKitGtk } from "./browsers.mjs";
import {
  ensureCargoTool,
  geckodriver,
  toolPrograms,
  wasmBindgen,
  wasmPack,
} from "./cargo_tools.mjs";
import { cache, docsGenerator, root } from "./paths.mjs";
import { ensurePostgresql } from "./postgresql.mjs";
import { findProgram, putFirstOnPath, run } from "./process.mjs";
import { ensureSchemathesis } from "./schemathesis.mjs";
import { Failure, step } from "./step.mjs";
import { ensureStandardLibrarySource, ensureWasmTarget } from "./wasm_target.mjs";

/** @typedef {import("./process.mjs").Environment} Environment */

const MODULES = join(root, "node_modules");

/**
 * Installs what is missing of the things the project is built with, and for tests the browsers.
 *
 * @param {{ browsers?: boolean, docs?: boolean, servers?: boolean }} [options]
 *   docs: what the documentation site is built with; servers: what servers are tested with
 * @returns {Promise<{ missing: string[], wasm: Environment }>}
 *   missing: one sentence for each thing that could not be installed;
 *   wasm: the environment of commands that compile to wasm32
 */
export async function setUp({ browsers = false, docs = false, servers = false } = {}) {
  requireNodeAndRust();
  shareCompiledDependencies();
  putFirstOnPath(join(MODULES, ".bin"));
  putFirstOnPath(toolPrograms);

  /** @type {string[]} */
  const missing = [];
  /** @type {Environment} */
  let wasm = {};
  /** @type {[string, Parameters<typeof step>[1]][]} */
  const steps = [
    ["npm packages", (doing) => installPackages(doing)],
    [
      "wasm32 target",
      async (doing) => {
        const { way, environment } = await ensureWasmTarget(doing);
        wasm = environment;
        return way;
      },
    ],
    ["standard library source", (doing) => ensureStandardLibrarySource(wasm, doing)],
    ["wasm-bindgen", async (doing) => ensureCargoTool(await wasmBindgen(), doing)],
    ["wasm-pack", async (doing) => ensureCargoTool(await wasmPack(), doing)],
  ];
  if (browsers) {
    steps.push(
      ["rustfmt and clippy", ensureLinters],
      ["Chromium and its driver", ensureChromium],
      ["Firefox", ensureFirefox],
      ["WebKitGTK and its driver", ensureWebKitGtk],
      ["geckodriver", async (doing) => ensureCargoTool(await geckodriver(), doing)],
    );
  }
  if (docs) steps.push(["site generator", (doing) => installPackages(doing, docsGenerator)]);
  if (servers) {
    steps.push(["PostgreSQL", ensurePostgresql], ["schemathesis", ensureSchemathesis]);
  }
  for (const [name, work] of steps) {
    try {
      await step(name, work);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      missing.push(error.message);
    }
  }
  return { missing, wasm };
}

/**
 * The same, for commands that can do nothing without all of it.
 *
 * @returns {Promise<{ wasm: Environment }>}
 */
export async function setUpOrFail() {
  const { missing, wasm } = await setUp();
  if (missing.length > 0) throw new Failure(missing.join("\n\n"));
  return { wasm };
}

function requireNodeAndRust() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    throw new Failure(`Node ${process.versions.node} is too old; install Node 20.19 or newer.`);
  }
  if (!findProgram("cargo")) {
    throw new Failure("Rust is not installed; install it from https://rustup.rs, then try again.");
  }
}

/** What one checkout compiled serves the next; what is linked from it stays in the checkout. */
function shareCompiledDependencies() {
  if (process.env.CARGO_TARGET_DIR !== undefined) return;
  process.env.CARGO_BUILD_BUILD_DIR ??= join(cache, "target");
  compileAnewAfterAnotherCheckout(process.env.CARGO_BUILD_BUILD_DIR);
}

/**
 * The crate's JavaScript modules make wasm-bindgen's macro write the path of the checkout into what
 * is compiled. To cargo that is no difference: it takes the time of the sources alone.
 *
 * @param {string} compiled
 */
function compileAnewAfterAnotherCheckout(compiled) {
  const stamp = join(compiled, "last-checkout");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === root) return;
  const now = new Date();
  utimesSync(join(root, "src", "lib.rs"), now, now);
  mkdirSync(compiled, { recursive: true });
  writeFileSync(stamp, root);
}

/**
 * Installs the npm packages of a folder's lockfile, unless they are there.
 *
 * @param {(what: string) => void} doing
 * @param {string} [folder] the one with the lockfile; default: the checkout
 */
export async function installPackages(doing, folder = root) {
  const lockfile = readFileSync(join(folder, "package-lock.json"));
  const wanted = createHash("sha256").update(lockfile).digest("hex");
  const stamp = join(folder, "node_modules", ".installed-lockfile");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return "already there";

  doing("installing");
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  const { code, output } = await run("npm", args, { cwd: folder });
  if (code !== 0) {
    throw new Failure(
      `The npm packages could not be installed; run in ${folder}: npm ci\n${output.trimEnd()}`,
    );
  }
  writeFileSync(stamp, wanted);
  return "installed";
}

async function ensureLinters() {
  const [rustfmt, clippy] = await Promise.all([
    run("cargo", ["fmt", "--version"]),
    run("cargo", ["clippy", "--version"]),
  ]);
  if (rustfmt.code === 0 && clippy.code === 0) return "already there";
  const added = await run("rustup", ["component", "add", "rustfmt", "clippy"]);
  if (added.code === 0) return "added by rustup";
  throw new Failure(
    "rustfmt and clippy could not be added; run: rustup component add rustfmt clippy",
  );
}
