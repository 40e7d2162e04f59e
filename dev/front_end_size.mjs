import { readFileSync } from "node:fs";
import { join } from "node:path";
import { standardLibrary } from "./paths.mjs";
import {
  buildRustExamples,
  rustExamples,
  rustExamplesSite,
  rustExamplesWithoutAuth,
} from "./rust_examples.mjs";
import { Failure } from "./step.mjs";
import { measure, readBudget } from "./weight.mjs";

/**
 * Prints what the login adds to each example that is written in Rust, and fails if that is over the
 * budget, which is one for a standard library that was rebuilt for size.
 *
 * @param {import("./process.mjs").Environment} wasm the environment of commands that compile to wasm32
 */
export async function checkFrontEndSize(wasm) {
  await buildRustExamples(wasm);
  await buildRustExamples(wasm, { withoutAuth: true });
  const { frontEnds } = readBudget();
  const isSmall = readFileSync(standardLibrary, "utf8") === "small";
  const over = [];
  console.log(
    `\n${"bytes, brotli -11".padEnd(20)}${["with", "without", "added", "budget"].map(column).join("")}`,
  );
  for (const app of rustExamples) {
    const [whole, bare] = [rustExamplesSite, rustExamplesWithoutAuth].map((site) =>
      weigh(site, app),
    );
    const added = whole - bare;
    const budget = isSmall ? frontEnds[app] : Infinity;
    console.log(`${app.padEnd(20)}${[whole, bare, added, budget].map(column).join("")}`);
    if (added > budget) over.push(app);
  }
  if (over.length > 0) {
    throw new Failure(`Over the budget in size-budget.json: ${over.join(" and ")}.`);
  }
}

/**
 * @param {string} site
 * @param {string} app
 * @returns {number} bytes, compressed
 */
function weigh(site, app) {
  return measure(join(site, app, "app_bg.wasm")).brotli + measure(join(site, app, "app.js")).brotli;
}

/** @param {string | number} value */
function column(value) {
  return value.toLocaleString("en").padStart(11);
}
