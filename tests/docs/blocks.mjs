import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pagesOfDocs } from "../../dev/docs_pages.mjs";
import { root } from "../../dev/paths.mjs";

/**
 * A piece of code on a page.
 *
 * @typedef {object} Block
 * @property {string} page
 * @property {number} line where it begins
 * @property {string} kind the language it is marked with, without what follows a comma
 * @property {string} code
 * @property {string} given what stands before it in a comment `<!-- given: … -->`: what the piece takes
 *   for granted
 * @property {string | null} file what stands before it in a comment `<!-- file: … -->`: the name by
 *   which other pieces of the page import it
 */

const PAGES = ["README.md", "CONTRIBUTING.md", "SECURITY.md", ...pagesOfDocs()];

const BLOCK = /(?:<!-- (given|file): ([\s\S]*?) -->\n+)?^( *)```([^\n]*)\n([\s\S]*?)^\3```$/gm;

/** @returns {Block[]} every piece of code of the documentation */
export function blocks() {
  return PAGES.flatMap((page) => {
    const text = readFileSync(join(root, page), "utf8");
    return [...text.matchAll(BLOCK)].map(
      ({ index, 0: whole, 1: comment, 2: says, 3: indent, 4: kind, 5: code }) => ({
        page,
        line: text.slice(0, index + whole.indexOf("```")).split("\n").length,
        kind: kind.split(",")[0].trim(),
        code: code.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
        given: comment === "given" ? says : "",
        file: comment === "file" ? says : null,
      }),
    );
  });
}

/** @param {Block} block */
export const nameOf = ({ page, line }) => `${page}:${line}`;
