import { readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "./build.mjs";
import { root, standardLibrary } from "./paths.mjs";
import { stopEverythingOnSignal } from "./process.mjs";
import { setUpOrFail } from "./setup.mjs";
import { reportSize } from "./size_report.mjs";
import { command, Failure } from "./step.mjs";

/** @typedef {{ name: string, raw: number, gzip: number, brotli: number }} Size in bytes */

/**
 * @param {string} file
 * @returns {Size}
 */
export function measure(file) {
  const bytes = readFileSync(resolve(root, file));
  const brotli = brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  });
  return {
    name: basename(file),
    raw: bytes.length,
    gzip: gzipSync(bytes, { level: 9 }).length,
    brotli: brotli.length,
  };
}

/**
 * @param {Size[]} sizes
 * @returns {Size}
 */
export function total(sizes) {
  const sum = (/** @type {"raw" | "gzip" | "brotli"} */ of) =>
    sizes.reduce((bytes, size) => bytes + size[of], 0);
  return { name: "together", raw: sum("raw"), gzip: sum("gzip"), brotli: sum("brotli") };
}

export function readBudget() {
  return JSON.parse(readFileSync(join(root, "size-budget.json"), "utf8"));
}

/** Prints how large the built package is, and fails if that is over the budget. */
export function checkSize() {
  const budget = readBudget();
  const sizes = budget.files.map(measure);
  const together = total(sizes);

  const column = (/** @type {string | number} */ value) => value.toLocaleString("en").padStart(11);
  console.log(`${"bytes".padEnd(20)}${["raw", "gzip -9", "brotli -11"].map(column).join("")}`);
  for (const { name, raw, gzip, brotli } of [...sizes, together]) {
    console.log(`${name.padEnd(20)}${[raw, gzip, brotli].map(column).join("")}`);
  }
  const std = readFileSync(standardLibrary, "utf8");
  const limit = std === "small" ? budget.brotliBytes : budget.brotliBytesWithPlainStd;
  console.log(`${`budget (std: ${std})`.padEnd(42)}${column(limit)}`);
  if (together.brotli > limit) {
    const over = (together.brotli - limit).toLocaleString("en");
    throw new Failure(`The package is ${over} bytes over the budget in size-budget.json.`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  stopEverythingOnSignal(130);
  await command(async () => {
    const { wasm } = await setUpOrFail();
    await build(wasm);
    await reportSize();
    console.log();
    checkSize();
    const { checkFrontEndSize } = await import("./front_end_size.mjs");
    await checkFrontEndSize(wasm);
  });
}
