import { readFileSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { target } from "./paths.mjs";

/** Where the tests in tests/reliability/ leave the figures of each engine. */
export const figuresFolder = join(target, "reliability");

/** @returns {string[]} the figures of the last run as a table: a row for each scenario */
export function reliabilityTable() {
  const files = readdirSync(figuresFolder).sort();
  /** @type {Record<string, string>[]} */
  const figures = files.map((file) => JSON.parse(readFileSync(join(figuresFolder, file), "utf8")));
  const scenarios = [...new Set(figures.flatMap((figure) => Object.keys(figure)))];
  /** @param {string[]} cells */
  const row = (cells) => `| ${cells.join(" | ")} |`;
  return [
    row(["", ...files.map((file) => basename(file, ".json"))]),
    row(["---", ...files.map(() => "---")]),
    ...scenarios.map((name) => row([name, ...figures.map((figure) => figure[name] ?? "—")])),
  ];
}
