import { checkDocExamples } from "./doc_examples.mjs";
import { checkFrontEndSize } from "./front_end_size.mjs";
import { oldestToolchain } from "./oldest_rust.mjs";
import { checkPublicApi } from "./public_api.mjs";
import { browserTests, check, nodeTests, comparison } from "./runners.mjs";
import { buildRustExamples } from "./rust_examples.mjs";

/** @typedef {import("./process.mjs").Environment} Environment */

const WASM_TARGET = ["--target", "wasm32-unknown-unknown"];
const CRATES = ["portcullis", "portcullis-leptos", "portcullis-yew"];
const CRATES_FOR_SERVERS = ["portcullis", "portcullis-axum"];
/** Of these natively little or nothing is compiled. */
const FRONT_ENDS = ["leptos-app", "portcullis-leptos", "portcullis-yew", "yew-app"];

/** @param {string[]} names */
const packages = (names) => names.flatMap((name) => ["--package", name]);

/**
 * The test steps of the crates for Yew and Leptos and their examples, and of the documentation of what
 * Rust front ends use.
 *
 * @param {Environment} wasm the environment of commands that compile to wasm32
 * @param {{ hasClippy: boolean }} options whether clippy can read what compiles to wasm32
 * @returns {import("./test.mjs").TestStep[]}
 */
export function rustFrontEndSteps(wasm, { hasClippy }) {
  return [
    ...(hasClippy ? [clippyStep, featuresStep] : []),
    {
      group: "lint",
      name: "documentation",
      run: () => documentation(["--all-features", ...packages(["portcullis"])]),
    },
    {
      group: "lint",
      name: "documentation for wasm32",
      run: () => documentation([...WASM_TARGET, ...packages(CRATES)], wasm),
    },
    { group: "lint", name: "oldest Rust", run: compiledByOldestRust },
    {
      group: "lint",
      name: "public API",
      run: () => comparison(() => checkPublicApi(wasm)),
    },
    {
      group: "lint",
      name: "examples of the public API",
      run: () => comparison(() => checkDocExamples(wasm)),
    },
    {
      group: "rust",
      name: "samples for wasm32",
      run: () => samples(wasm),
    },
    ...componentTests("Yew", "crates/portcullis-yew", wasm),
    ...componentTests("Leptos", "crates/portcullis-leptos", wasm),
    {
      group: "examples",
      name: "journeys through Rust examples",
      needsBuild: true,
      run: async () => {
        await buildRustExamples(wasm);
        return nodeTests(["tests/front_ends"], { concurrency: 2 });
      },
    },
    {
      group: "size",
      name: "size of Rust front ends",
      run: () => comparison(() => checkFrontEndSize(wasm)),
    },
  ];
}

/** By themselves, as none of them may be compiled with what the npm package exports. */
const clippyStep = {
  group: "lint",
  name: "clippy of Rust front ends",
  run: () =>
    check("cargo", [
      ...["clippy", "--all-targets", ...WASM_TARGET, ...packages(FRONT_ENDS)],
      ...["--", "--deny", "warnings"],
    ]),
};

/** Each feature that a front end may leave out, by itself, and none of them. */
const FEATURES = ["", "dpop", "idle-timeout", "session-management", "silent-login", "step-up"];

const featuresStep = {
  group: "lint",
  name: "clippy of each feature",
  run: async () => {
    const counts = { passed: 0, failed: 0 };
    for (const feature of FEATURES) {
      const { passed, failed } = await check("cargo", [
        ...["clippy", ...WASM_TARGET, "--no-default-features"],
        ...packages(feature === "" ? CRATES : ["portcullis"]),
        ...["--features", feature, "--", "--deny", "warnings"],
      ]);
      counts.passed += passed;
      counts.failed += failed;
    }
    return counts;
  },
};

/** Compiles what servers and front ends use with the oldest Rust that Cargo.toml promises. */
async function compiledByOldestRust() {
  const toolchain = await oldestToolchain();
  if (toolchain === null) {
    console.log("left out: rustup can't have the oldest Rust here.");
    return { passed: 0, failed: 0 };
  }
  const servers = await check("cargo", [
    ...[toolchain, "check", "--all-features", ...packages(CRATES_FOR_SERVERS)],
  ]);
  const frontEnds = await check("cargo", [
    ...[toolchain, "check", ...WASM_TARGET, ...packages(CRATES)],
  ]);
  return { passed: servers.passed + frontEnds.passed, failed: servers.failed + frontEnds.failed };
}

/**
 * @param {string[]} args
 * @param {Environment} [env]
 */
function documentation(args, env = {}) {
  return check("cargo", ["doc", "--no-deps", ...args], { ...env, RUSTDOCFLAGS: "--deny warnings" });
}

/**
 * Compiles the samples of each crate, which need a page to run. One crate at a time, for what is compiled
 * with the features that its other tests use.
 *
 * @param {Environment} wasm
 */
async function samples(wasm) {
  const env = { ...wasm, CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER: "true" };
  const counts = { passed: 0, failed: 0 };
  for (const crate of CRATES) {
    const { passed, failed } = await check(
      "cargo",
      ["test", "--doc", ...WASM_TARGET, "--package", crate],
      env,
    );
    counts.passed += passed;
    counts.failed += failed;
  }
  return counts;
}

/**
 * @param {string} name
 * @param {string} crate its folder
 * @param {Environment} wasm
 */
function componentTests(name, crate, wasm) {
  return [
    {
      group: "browser",
      name: `${name} tests in Chromium`,
      run: () => browserTests("chrome", wasm, crate),
    },
    {
      group: "browser",
      name: `${name} tests in Firefox`,
      run: () => browserTests("firefox", wasm, crate),
    },
  ];
}
