import { join } from "node:path";
import { tools } from "./paths.mjs";
import { run, runOrFail } from "./process.mjs";
import { Failure } from "./step.mjs";

/**
 * @typedef {object} CargoTool
 * @property {string} crate
 * @property {string} program
 * @property {string} version
 * @property {boolean} locked whether the crate builds with its own lockfile
 */

const WASM_PACK = { crate: "wasm-pack", program: "wasm-pack", version: "0.15.1", locked: true };
const GECKODRIVER = {
  crate: "geckodriver",
  program: "geckodriver",
  version: "0.37.1",
  locked: true,
};

/** The wasm-bindgen of this project, which its command line tool has to equal. */
export async function lockedWasmBindgenVersion() {
  const packageId = await runOrFail("cargo", ["pkgid", "--locked", "wasm-bindgen"]);
  return packageId.trim().split("@").at(-1) ?? "";
}

/** @returns {Promise<CargoTool>} */
export async function wasmBindgen() {
  return {
    crate: "wasm-bindgen-cli",
    program: "wasm-bindgen",
    version: await lockedWasmBindgenVersion(),
    locked: false,
  };
}

/** @returns {Promise<CargoTool>} */
export async function wasmPack() {
  return WASM_PACK;
}

/** @returns {Promise<CargoTool>} */
export async function geckodriver() {
  return GECKODRIVER;
}

/**
 * @param {CargoTool} tool
 * @param {(what: string) => void} doing
 * @returns {Promise<string>} how it came to be there
 */
export async function ensureCargoTool({ crate, program, version, locked }, doing) {
  const { code, output } = await run(program, ["--version"]);
  if (code === 0 && output.split(/\s+/)[1] === version) return `${version}, already there`;

  doing("compiling it, a minute or two");
  const args = ["install", crate, "--version", version, "--root", tools];
  if (locked) args.push("--locked");
  // A tool is compiled in a folder of cargo's own choice, away from the project's.
  const outcome = await run("cargo", args, {
    env: { CARGO_TARGET_DIR: undefined, CARGO_BUILD_BUILD_DIR: undefined },
  });
  if (outcome.code !== 0) {
    const reason = outcome.output.trimEnd().split("\n").slice(-5).join("\n");
    throw new Failure(
      `${crate} ${version} could not be installed; run: cargo ${args.join(" ")}\n${reason}`,
    );
  }
  return `${version}, installed`;
}

/** Where the tools' programs are. */
export const toolPrograms = join(tools, "bin");
