import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { figuresFolder } from "../../dev/reliability_table.mjs";

/** The figures of one engine, by scenario. */
export class Measured {
  /** @type {Record<string, string>} */
  #figures = {};
  #file;

  /** @param {string} engine */
  constructor(engine) {
    mkdirSync(figuresFolder, { recursive: true });
    this.#file = join(figuresFolder, `${engine}.json`);
  }

  /**
   * @param {string} scenario
   * @param {string} figure
   */
  note(scenario, figure) {
    this.#figures[scenario] = figure;
    writeFileSync(this.#file, JSON.stringify(this.#figures));
  }
}
