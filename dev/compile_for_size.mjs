import { homedir } from "node:os";
import { join } from "node:path";
import { run, runOrFail } from "./process.mjs";

/** @typedef {import("./process.mjs").Environment} Environment */

/**
 * Switches of LLVM that its -Oz lacks, as it does not know that the wasm is compressed:
 *
 * - It would make one function of a flow and all that only it awaits. Kept apart they compress better, as they
 *   have much in common. What an `async fn` is made into has a stack frame; what is short and had better be
 *   inlined has none.
 * - What is larger than a word is copied by one instruction, not word by word.
 * - Nothing is computed ahead on each of the ways that lead to where it is needed.
 * - What a loop counts by is what the source counts by.
 * - What is computed twice is computed twice: that compresses better than a local for it.
 */
const LLVM = [
  "-Cllvm-args=-inline-max-stacksize=32",
  "-Cllvm-args=-max-store-memcpy=1",
  "-Cllvm-args=-enable-pre=false",
  "-Cllvm-args=-disable-lsr",
  "-Cllvm-args=-disable-machine-cse",
];

/**
 * Rebuilt without the texts of panics, the standard library brings a tenth less. It needs rust-src,
 * and switches that a stable compiler has but does not promise to keep; without them the wasm is the
 * same, only larger.
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
 * Compiles to wasm that is as small as it gets.
 *
 * @param {string[]} target what cargo is to compile, and how
 * @param {Environment} wasm the environment of commands that compile to wasm32
 * @param {(what: string) => void} doing
 * @param {string[]} [linking] switches of the compiler for the wasm itself
 * @returns {Promise<"small" | "plain">} the standard library that is in it
 */
export async function compileForSize(target, wasm, doing, linking = []) {
  doing("compiling it and the standard library for size");
  const small = await run("cargo", ["rustc", ...target, ...SMALL_STD.args, "--", ...linking], {
    env: {
      ...wasm,
      RUSTC_BOOTSTRAP: "1",
      RUSTFLAGS: flags(wasm, [...SMALL_STD.flags, ...LLVM]),
    },
  });
  if (small.code === 0) return "small";
  doing("compiling it with the standard library as it comes");
  await runOrFail("cargo", ["rustc", ...target, "--", ...linking], {
    env: { ...wasm, RUSTFLAGS: flags(wasm, []) },
  });
  return "plain";
}

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
