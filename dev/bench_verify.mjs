import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { target } from "./paths.mjs";
import { runOrFail, stopEverythingOnSignal } from "./process.mjs";
import { command } from "./step.mjs";

const MANIFEST = ["--manifest-path", join("bench", "Cargo.toml")];
const TARGET = join(target, "bench");
const ALGORITHMS = ["RS256", "ES256"];
/** The backend that is the verifier's own, too. */
const SAME_BACKEND = "jsonwebtoken rust_crypto";
const OTHER_BACKEND = "jsonwebtoken aws_lc_rs";

/**
 * @param {string} name
 * @returns {number[]} verifications per second, by each algorithm
 */
function perSecond(name) {
  return ALGORITHMS.map((algorithm) => {
    const file = join(TARGET, "criterion", algorithm, name, "new", "estimates.json");
    return 1e9 / JSON.parse(readFileSync(file, "utf8")).median.point_estimate;
  });
}

/** @param {string[]} others */
function printTable(others) {
  const row = (/** @type {string} */ name, /** @type {string[]} */ figures) =>
    console.log(name.padEnd(30) + figures.map((figure) => figure.padStart(10)).join(""));
  const ours = perSecond("portcullis");
  row("\nverifications per second", ALGORITHMS);
  row(
    "portcullis",
    ours.map((figure) => figure.toFixed(0)),
  );
  for (const other of others) {
    const theirs = perSecond(other);
    row(
      other,
      theirs.map((figure) => figure.toFixed(0)),
    );
    row(
      "  portcullis does",
      ours.map((figure, index) => `${(figure / theirs[index]).toFixed(2)} ×`),
    );
  }
}

async function main() {
  const { values } = parseArgs({
    options: {
      tokens: { type: "string", default: "1000000" },
      "same-backend": { type: "boolean", default: false },
    },
  });
  const options = { echo: true, env: { CARGO_TARGET_DIR: TARGET } };
  const features = values["same-backend"] ? ["--no-default-features"] : [];
  const bench = ["bench", ...MANIFEST, ...features, "--bench", "throughput"];
  await runOrFail("cargo", bench, options);
  const interleaved = ["run", "--release", ...MANIFEST, ...features, "--bin", "interleaved"];
  await runOrFail("cargo", interleaved, options);
  const many = ["run", "--release", ...MANIFEST, ...features, "--", values.tokens];
  await runOrFail("cargo", many, options);

  printTable([SAME_BACKEND, ...(values["same-backend"] ? [] : [OTHER_BACKEND])]);
}

stopEverythingOnSignal(130);
await command(main);
