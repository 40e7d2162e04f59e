import { parseArgs } from "node:util";
import { build } from "./build.mjs";
import { runOrFail, stopEverythingOnSignal } from "./process.mjs";
import { startPostgresql } from "./postgresql.mjs";
import { reliabilityTable } from "./reliability_table.mjs";
import { browserTests, cargoTests, check, nodeTests, comparison } from "./runners.mjs";
import { rustFrontEndSteps } from "./rust_front_ends.mjs";
import { setUp } from "./setup.mjs";
import { checkSize } from "./size.mjs";
import { command, Failure, say } from "./step.mjs";

/** @typedef {import("./process.mjs").Environment} Environment */
/** @typedef {import("./runners.mjs").Count} Count */
/** @typedef {Count & { name: string, seconds: number }} Result */

/**
 * @typedef {object} TestStep
 * @property {string} group what `npm test -- --only=<group>` picks
 * @property {string} name
 * @property {boolean} [needsBuild]
 * @property {() => Promise<Count>} run
 */

const GROUPS = [
  "lint",
  "rust",
  "sim",
  "browser",
  "node",
  "conformance",
  "e2e",
  "adapters",
  "examples",
  "docs",
  "reliability",
  "packaging",
  "size",
];
/** The groups that need no browser. */
const WITHOUT_BROWSER = ["lint", "rust", "sim", "node", "size"];
/** How many worlds of the simulator are run. */
const SEEDS = 100_000;
const WASM_TARGET = ["--target", "wasm32-unknown-unknown"];

/** The examples that are servers. */
const EXAMPLES = ["resource-server", "web-app"];

/** What is for browsers alone, of which natively nothing is compiled. */
const FRONT_ENDS = ["leptos-app", "portcullis-yew", "yew-app"];

/** @param {string[]} names */
const exclude = (names) => names.flatMap((name) => ["--exclude", name]);

/**
 * @param {Environment} wasm the environment of commands that compile to wasm32
 * @returns {TestStep[]}
 */
function testSteps(wasm) {
  const lint = (/** @type {string} */ name, /** @type {string[]} */ [program, ...args]) => ({
    group: "lint",
    name,
    run: () => check(program, args),
  });
  const clippy = ["cargo", "clippy", "--all-targets"];
  const strict = ["--", "--deny", "warnings"];
  return [
    lint("prettier", ["prettier", "--check", "."]),
    { ...lint("types of npm/", ["tsc", "--project", "npm"]), needsBuild: true },
    lint("types of src/", ["tsc", "--project", "src"]),
    { ...lint("types of www/", ["tsc", "--project", "www"]), needsBuild: true },
    { ...lint("types of dev/ and tests/", ["tsc", "--project", "."]), needsBuild: true },
    { ...lint("types of the package", ["tsc", "--project", "tests/types"]), needsBuild: true },
    {
      ...lint("types of portcullis/react in React 18", [
        ...["tsc", "--project", "tests/types/react-18.tsconfig.json"],
      ]),
      needsBuild: true,
    },
    lint("rustfmt", ["cargo", "fmt", "--all", "--check"]),
    lint("clippy", [...clippy, "--workspace", "--all-features", ...strict]),
    ...(clippyReadsStandardLibrary(wasm)
      ? [lint("clippy for wasm32", [...clippy, ...WASM_TARGET, "--features", "js", ...strict])]
      : []),
    {
      group: "rust",
      name: "Rust tests",
      run: () =>
        cargoTests(["--workspace", "--all-features", ...exclude([...EXAMPLES, ...FRONT_ENDS])]),
    },
    {
      group: "rust",
      name: "Rust tests without features",
      run: () => cargoTests(["--package", "portcullis", "--lib", "--no-default-features"]),
    },
    {
      group: "rust",
      name: "Rust tests of the examples",
      // By themselves: with their feature `tls` whoever shares their reqwest needs a crypto provider.
      run: () => cargoTests(EXAMPLES.flatMap((name) => ["--package", name])),
    },
    { group: "rust", name: "web app on PostgreSQL", run: webAppOnPostgresql },
    {
      group: "rust",
      name: "verifier for wasm32",
      run: () => check("cargo", ["check", ...WASM_TARGET, "--features", "verify"], wasm),
    },
    {
      group: "sim",
      name: `${SEEDS} simulated worlds`,
      run: () => check("npm", ["run", "--silent", "sim", "--", `--seeds=${SEEDS}`]),
    },
    {
      group: "browser",
      name: "wasm tests in Chromium",
      run: () => browserTests("chrome", wasm),
    },
    {
      group: "browser",
      name: "wasm tests in Firefox",
      run: () => browserTests("firefox", wasm),
    },
    {
      group: "browser",
      name: "wasm tests in WebKitGTK",
      run: () => browserTests("webkitgtk", wasm),
    },
    {
      group: "node",
      name: "tests of npm/ and dev/",
      needsBuild: true,
      run: () => nodeTests(["npm", "tests/npm", "tests/dev"], { concurrency: 2 }),
    },
    {
      group: "conformance",
      name: "relying-party tests",
      needsBuild: true,
      run: () => nodeTests(["tests/conformance"], { concurrency: 2 }),
    },
    {
      group: "e2e",
      name: "journeys",
      needsBuild: true,
      run: () => nodeTests(["tests/e2e"], { concurrency: 1 }),
    },
    {
      group: "adapters",
      name: "adapters and test client",
      needsBuild: true,
      run: () => nodeTests(["tests/adapters"], { concurrency: 2 }),
    },
    {
      group: "examples",
      name: "journeys through the examples",
      needsBuild: true,
      run: () => nodeTests(["tests/examples"], { concurrency: 2 }),
    },
    {
      group: "docs",
      name: "documentation site",
      needsBuild: true,
      run: () => nodeTests(["tests/docs"], { concurrency: 2 }),
    },
    {
      group: "reliability",
      name: "sessions in three browsers",
      needsBuild: true,
      run: async () => {
        const count = await nodeTests(["tests/reliability"], { concurrency: 3 });
        console.log(reliabilityTable().join("\n"));
        return count;
      },
    },
    {
      group: "packaging",
      name: "the packed package",
      needsBuild: true,
      run: () => nodeTests(["tests/packaging"], { concurrency: 1 }),
    },
    { group: "size", name: "size budget", needsBuild: true, run: () => comparison(checkSize) },
    ...rustFrontEndSteps(wasm, { hasClippy: clippyReadsStandardLibrary(wasm) }),
  ];
}

/**
 * Debian's compiler has no clippy, and rustup's can't read that compiler's standard library.
 *
 * @param {Environment} wasm
 */
function clippyReadsStandardLibrary(wasm) {
  return Object.keys(wasm).length === 0;
}

/** @returns {Promise<Count>} */
async function webAppOnPostgresql() {
  const postgresql = await startPostgresql();
  try {
    return await cargoTests(["--workspace", "--all-features", "--test", "web_app"], {
      PORTCULLIS_TEST_POSTGRES: postgresql.url,
    });
  } finally {
    await postgresql.stop();
  }
}

/** @returns {string[]} the groups to run */
function chosenGroups() {
  const { values } = parseArgs({ options: { only: { type: "string" } } });
  const groups = values.only?.split(",") ?? GROUPS;
  const unknown = groups.find((group) => !GROUPS.includes(group));
  if (unknown !== undefined) {
    throw new Failure(`--only=${unknown}: there is no such group; there are ${GROUPS.join(", ")}.`);
  }
  return groups;
}

/**
 * @param {string} name
 * @param {() => Promise<Count>} work
 * @returns {Promise<Result>}
 */
async function timed(name, work) {
  say(`── ${name}`);
  const began = performance.now();
  const count = await work();
  return { name, ...count, seconds: (performance.now() - began) / 1000 };
}

/**
 * @param {Environment} wasm
 * @returns {Promise<Count>}
 */
async function buildEverything(wasm) {
  try {
    await build(wasm);
    const servers = ["--package", "resource-server", "--package", "web-app"];
    await runOrFail("cargo", ["build", ...servers], { echo: true });
    return { passed: 1, failed: 0 };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    console.log(error.message);
    return { passed: 0, failed: 1 };
  }
}

/** @param {Result[]} results */
function printResults(results) {
  console.log(`\n${"".padEnd(28)}  passed  failed    time`);
  for (const { name, passed, failed, seconds } of results) {
    const numbers = [passed, failed].map((number) => String(number).padStart(8)).join("");
    console.log(`${name.padEnd(28)}${numbers}${seconds.toFixed(1).padStart(7)}s`);
  }
}

async function main() {
  const groups = chosenGroups();
  const browsers = groups.some((group) => !WITHOUT_BROWSER.includes(group));
  const servers = ["rust", "node", "e2e"].some((group) => groups.includes(group));
  /** @type {Result[]} */
  const results = [];

  /** @type {Environment} */
  let wasm = {};
  results.push(
    await timed("set-up", async () => {
      const ready = await setUp({ browsers, docs: groups.includes("docs"), servers });
      wasm = ready.wasm;
      for (const sentence of ready.missing) console.log(`\n${sentence}`);
      if (!clippyReadsStandardLibrary(wasm)) {
        console.log("clippy for wasm32 is left out: it needs the target by rustup.");
      }
      return { passed: 0, failed: ready.missing.length };
    }),
  );

  const steps = testSteps(wasm).filter(({ group }) => groups.includes(group));
  let built = true;
  if (steps.some(({ needsBuild }) => needsBuild)) {
    const result = await timed("build", () => buildEverything(wasm));
    built = result.failed === 0;
    results.push(result);
  }
  for (const { name, needsBuild, run } of steps) {
    if (needsBuild && !built) {
      console.log(`\n${name}: not run, as the build failed.`);
      results.push({ name, passed: 0, failed: 1, seconds: 0 });
    } else {
      results.push(await timed(name, run));
    }
  }

  printResults(results);
  const sum = (/** @type {"passed" | "failed"} */ of) =>
    results.reduce((total, result) => total + result[of], 0);
  process.exitCode = sum("failed") === 0 ? 0 : 1;
  console.log(`\n${sum("passed")} passed, ${sum("failed")} failed`);
}

stopEverythingOnSignal(130);
await command(main);
