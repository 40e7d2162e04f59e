import { createHash } from "node:crypto";

/** Choices at random that a seed repeats. */
export class Chance {
  #seed;
  #drawn = 0;

  /** @param {string} seed */
  constructor(seed) {
    this.#seed = seed;
  }

  /**
   * @param {number} limit
   * @returns {number} a whole number from 0 up to but not including the limit
   */
  below(limit) {
    this.#drawn += 1;
    const digest = createHash("sha256").update(`${this.#seed} ${this.#drawn}`).digest();
    return digest.readUInt32LE() % limit;
  }

  /**
   * @template T
   * @param {readonly T[]} things
   * @returns {T}
   */
  of(things) {
    return things[this.below(things.length)];
  }
}
