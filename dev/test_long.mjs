import { mkdirSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { build } from "./build.mjs";
import { ensureCargoTool, toolPrograms } from "./cargo_tools.mjs";
import { root, target } from "./paths.mjs";
import { putFirstOnPath, run, runOrFail, stopEverythingOnSignal } from "./process.mjs";
import { reliabilityTable } from "./reliability_table.mjs";
import { nodeTests } from "./runners.mjs";
import { setUp } from "./setup.mjs";
import { command, Failure, say, step } from "./step.mjs";

const CARGO_FUZZ = { crate: "cargo-fuzz", program: "cargo-fuzz", version: "0.13.2", locked: false };
const CARGO_MUTANTS = {
  crate: "cargo-mutants",
  program: "cargo-mutants",
  version: "27.1.0",
  locked: true,
};

/** How cargo-mutants ends when some mutants survived: a figure to look at, and no failure to run. */
const SOME_SURVIVED = 2;

const RELIABILITY_LIMIT_MS = 90 * 60_000;

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "600" },
    only: { type: "string", default: "fuzz,mutants,reliability" },
    file: { type: "string", multiple: true, default: ["src/protocol/**/*.rs"] },
  },
});

async function requireNightly() {
  const { code, output } = await run("cargo", ["+nightly", "--version"]);
  if (code !== 0) {
    throw new Failure("Fuzzing needs a nightly compiler; run: rustup toolchain install nightly");
  }
  return output.trim();
}

/** @returns {Promise<string[]>} what is to be said at the end */
async function fuzz() {
  await step("nightly compiler", requireNightly);
  await step("cargo-fuzz", (doing) => ensureCargoTool(CARGO_FUZZ, doing));
  const targets = readdirSync(join(root, "fuzz", "fuzz_targets")).map((file) =>
    basename(file, ".rs"),
  );
  const results = [];
  for (const name of targets) {
    say(`── ${name}, ${values.seconds} s`);
    const corpus = join("fuzz", "corpus", name);
    mkdirSync(join(root, corpus), { recursive: true });
    const { code, output } = await run(
      "cargo",
      [
        ...["+nightly", "fuzz", "run", "--target-dir", join(target, "fuzz"), name],
        ...[corpus, join("fuzz", "seeds", name)],
        ...["--", `-max_total_time=${values.seconds}`, "-timeout=10", "-print_final_stats=1"],
      ],
      { echo: true },
    );
    const runs = output.match(/^Done (\d+) runs/m)?.[1] ?? "?";
    results.push(`${name}: ${runs} runs, ${code === 0 ? "nothing found" : "FAILED"}`);
    if (code !== 0) process.exitCode = 1;
  }
  return results;
}

/** @returns {Promise<string[]>} what is to be said at the end */
async function mutants() {
  await step("cargo-mutants", (doing) => ensureCargoTool(CARGO_MUTANTS, doing));
  const files = values.file.flatMap((file) => ["--file", file]);
  const { code, output } = await run(
    "cargo",
    ["mutants", "--no-shuffle", "--output", target, ...files],
    { env: { CARGO_TARGET_DIR: join(target, "mutants") }, echo: true },
  );
  if (code !== 0 && code !== SOME_SURVIVED) process.exitCode = 1;
  return output.trim().split("\n").slice(-1);
}

/** @returns {Promise<string[]>} the table of docs/reliability.md */
async function reliability() {
  const { missing, wasm } = await setUp({ browsers: true });
  if (missing.length > 0) throw new Failure(missing.join("\n\n"));
  await build(wasm);
  await runOrFail("cargo", ["build", "--package", "resource-server"], { echo: true });
  const env = { PORTCULLIS_RELIABILITY: "long" };
  const options = {
    concurrency: 3,
    env,
    limitMs: RELIABILITY_LIMIT_MS,
    fileLimitMs: RELIABILITY_LIMIT_MS,
  };
  const { failed } = await nodeTests(["tests/reliability"], options);
  if (failed > 0) process.exitCode = 1;
  return reliabilityTable();
}

stopEverythingOnSignal(130);
await command(async () => {
  putFirstOnPath(toolPrograms);
  const groups = values.only.split(",");
  const results = [
    ...(groups.includes("fuzz") ? await fuzz() : []),
    ...(groups.includes("mutants") ? await mutants() : []),
    ...(groups.includes("reliability") ? await reliability() : []),
  ];
  console.log(`\n${results.join("\n")}`);
});
