import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "./build.mjs";
import { checkFrontEndSize } from "./front_end_size.mjs";
import { standardLibrary } from "./paths.mjs";
import { stopEverythingOnSignal } from "./process.mjs";
import { setUpOrFail } from "./setup.mjs";
import { reportSize } from "./size_report.mjs";
import { command, Failure } from "./step.mjs";
import { measure, readBudget, total } from "./weight.mjs";

/** Prints how large the built package is, and fails if that is over the budget. */
export function checkSize() {
  const { untilReady, all } = readBudget();
  checkFiles("until a page is ready", untilReady);
  checkFiles("all", all);
}

/**
 * @param {string} what
 * @param {{ files: string[], brotliBytes: number, brotliBytesWithPlainStd: number }} budget
 */
function checkFiles(what, budget) {
  const sizes = budget.files.map(measure);
  const together = total(sizes);
  const column = (/** @type {string | number} */ value) => value.toLocaleString("en").padStart(11);
  const columns = ["raw", "gzip -9", "brotli -11"].map(column).join("");
  console.log(`${`bytes, ${what}`.padEnd(30)}${columns}`);
  for (const { name, raw, gzip, brotli } of [...sizes, together]) {
    console.log(`${name.padEnd(30)}${[raw, gzip, brotli].map(column).join("")}`);
  }
  const std = readFileSync(standardLibrary, "utf8");
  const limit = std === "small" ? budget.brotliBytes : budget.brotliBytesWithPlainStd;
  console.log(`${`budget (std: ${std})`.padEnd(52)}${column(limit)}\n`);
  if (together.brotli > limit) {
    const over = (together.brotli - limit).toLocaleString("en");
    throw new Failure(
      `The package, ${what}, is ${over} bytes over the budget in size-budget.json.`,
    );
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
    await checkFrontEndSize(wasm);
  });
}
