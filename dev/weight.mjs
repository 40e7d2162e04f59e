import { readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { root } from "./paths.mjs";

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
