import { cpus, loadavg } from "node:os";
import { say } from "../../dev/step.mjs";
import { bundle, filesOf, sizeOf } from "./bundles.mjs";
import { LyingSite } from "./id_token_defects.mjs";
import { timersWhileIdle } from "./idle.mjs";
import { libraries, versionOf } from "./libraries.mjs";
import { memoryOverRefreshes, SETTLING } from "./memory.mjs";
import { fiftyCalls, fiveTabs, lostAnswer } from "./refreshes.mjs";
import { measureRound } from "./rounds.mjs";
import { Testbed } from "./testbed.mjs";

/** @typedef {import("../../dev/weight.mjs").Size} Size */
/** @typedef {import("./libraries.mjs").Library} Library */

/**
 * @typedef {object} Extent how much is measured
 * @property {number} rounds
 * @property {number} refreshes of one page, after it has settled
 * @property {number} lostAnswers
 */

/**
 * @typedef {object} Measured what was measured of one library
 * @property {string} name
 * @property {string} version
 * @property {Size} size of the files that its app loads
 * @property {Size} wholeSize of all its files
 * @property {Record<string, number[]>} rounds each figure, round by round
 * @property {import("./refreshes.mjs").Refreshes} fiftyCalls
 * @property {import("./refreshes.mjs").Refreshes} fiveTabs
 * @property {string[]} lostAnswers what became of each session
 * @property {number} timers how often they fired while nothing was due
 * @property {string[]} defectsAccepted
 */

/**
 * @typedef {object} Results
 * @property {Extent} extent
 * @property {{ cpu: string, cores: number, node: string, chromium: string, load: number[] }} machine
 *   load: the load average at begin and end
 * @property {Measured[]} libraries Portcullis first
 * @property {import("./memory.mjs").Sample[]} memory of Portcullis
 */

/**
 * Measures everything, library by library in turn.
 *
 * @param {Extent} extent
 * @returns {Promise<Results>}
 */
export async function measureEverything(extent) {
  const testbed = new Testbed();
  const load = [loadavg()[0]];
  try {
    await testbed.start();
    for (const library of libraries) {
      await bundle(library);
      await testbed.introduce(library);
    }
    const measured = libraries.map(nothingMeasured);
    await measureRounds(testbed, measured, extent.rounds);
    await measureBehaviour(testbed, measured, extent.lostAnswers);
    await measureDefects(testbed, measured);
    say(`${SETTLING + extent.refreshes} refreshes in one page`);
    const memory = await memoryOverRefreshes(testbed, libraries[0], extent.refreshes);
    load.push(loadavg()[0]);
    const chromium = testbed.browser.version();
    const [{ model }] = cpus();
    const machine = {
      cpu: model,
      cores: cpus().length,
      node: process.versions.node,
      chromium,
      load,
    };
    return { extent, machine, libraries: measured, memory };
  } finally {
    await testbed.stop();
  }
}

/**
 * @param {Library} library
 * @returns {Measured}
 */
function nothingMeasured(library) {
  const wholeSize = sizeOf(library, filesOf(library));
  const none = { requests: NaN, failed: NaN };
  return {
    name: library.name,
    version: versionOf(library),
    size: wholeSize,
    wholeSize,
    rounds: {},
    fiftyCalls: none,
    fiveTabs: none,
    lostAnswers: [],
    timers: NaN,
    defectsAccepted: [],
  };
}

/**
 * @param {Testbed} testbed
 * @param {Measured[]} measured
 * @param {number} rounds
 */
async function measureRounds(testbed, measured, rounds) {
  for (let round = 0; round < rounds; round += 1) {
    say(`round ${round + 1} of ${rounds}`);
    for (const index of inTurn(round)) {
      const figures = await measureRound(testbed, libraries[index]);
      for (const [name, figure] of Object.entries(figures)) {
        (measured[index].rounds[name] ??= []).push(figure);
      }
      measured[index].size = sizeOf(libraries[index], [...testbed.pages.filesServed]);
    }
  }
}

/**
 * Each round begins with another library, so that none is always after the same one.
 *
 * @param {number} round
 */
function inTurn(round) {
  return libraries.map((_, index) => (index + round) % libraries.length);
}

/**
 * @param {Testbed} testbed
 * @param {Measured[]} measured
 * @param {number} lostAnswers
 */
async function measureBehaviour(testbed, measured, lostAnswers) {
  for (const [index, library] of libraries.entries()) {
    say(`refreshes by ${library.name}`);
    const figures = measured[index];
    figures.fiftyCalls = await fiftyCalls(testbed, library);
    figures.fiveTabs = await fiveTabs(testbed, library);
    figures.timers = await timersWhileIdle(testbed, library);
    for (let loss = 0; loss < lostAnswers; loss += 1) {
      figures.lostAnswers.push(await lostAnswer(testbed, library));
    }
  }
}

/**
 * @param {Testbed} testbed
 * @param {Measured[]} measured
 */
async function measureDefects(testbed, measured) {
  const site = new LyingSite();
  await site.start(testbed);
  try {
    for (const [index, library] of libraries.entries()) {
      say(`ID tokens with defects, to ${library.name}`);
      measured[index].defectsAccepted = await site.defectsAcceptedBy(testbed, library);
    }
  } finally {
    await site.stop();
  }
}
