import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ensureChromium } from "../../dev/browsers.mjs";
import { build } from "../../dev/build.mjs";
import { root, target } from "../../dev/paths.mjs";
import { runOrFail, stopEverythingOnSignal } from "../../dev/process.mjs";
import { installPackages, setUpOrFail } from "../../dev/setup.mjs";
import { command, Failure, say, step } from "../../dev/step.mjs";
import { peersFolder } from "./libraries.mjs";
import { withSection } from "./marked_section.mjs";
import { charts, readmeSection, section } from "./report.mjs";

const ROUNDS = 7;
const REFRESHES = 10_000;
const LOST_ANSWERS = 2;

/** Where a run leaves its figures, and one that was made smaller its report, too. */
const outcome = join(target, "bench-peers");

/** @param {string | undefined} text */
function wantedRounds(text) {
  const rounds = Number(text ?? ROUNDS);
  if (Number.isInteger(rounds) && rounds > 0) return rounds;
  throw new Failure(`--rounds is "${text}"; it has to be a whole number above 0.`);
}

/**
 * @param {number} rounds
 * @returns {import("./measure.mjs").Extent}
 */
function extentOf(rounds) {
  const part = Math.min(rounds / ROUNDS, 1);
  const lostAnswers = Math.ceil(LOST_ANSWERS * part);
  return { rounds, refreshes: Math.ceil(REFRESHES * part), lostAnswers };
}

/** @param {import("./measure.mjs").Results} results */
async function writeReport(results) {
  const isWhole = results.extent.rounds >= ROUNDS;
  const folder = isWhole ? join(root, "docs") : outcome;
  for (const [name, svg] of Object.entries(charts(results))) writeFileSync(join(folder, name), svg);
  if (!isWhole) {
    writeFileSync(join(outcome, "performance.md"), section(results));
    say(`the report is in ${outcome}; docs/ is left as it is, as there were few rounds`);
    return;
  }
  const pages = { "docs/performance.md": section(results), "README.md": readmeSection(results) };
  for (const [page, text] of Object.entries(pages)) {
    const file = join(root, page);
    writeFileSync(file, withSection(readFileSync(file, "utf8"), text));
  }
  await runOrFail("npx", ["prettier", "--write", ...Object.keys(pages)]);
  say("the report is in docs/performance.md and README.md");
}

stopEverythingOnSignal(130);
await command(async () => {
  const { values } = parseArgs({ options: { rounds: { type: "string" } } });
  const extent = extentOf(wantedRounds(values.rounds));
  const { wasm } = await setUpOrFail();
  await step("Chromium", ensureChromium);
  await step("the other libraries", (doing) => installPackages(doing, peersFolder));
  await build(wasm);

  const { measureEverything } = await import("./measure.mjs");
  const results = await measureEverything(extent);
  mkdirSync(outcome, { recursive: true });
  writeFileSync(join(outcome, "results.json"), JSON.stringify(results, null, 2));
  await writeReport(results);
});
