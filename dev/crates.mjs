import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "./paths.mjs";

const FOLDER = join(root, "crates");

/** @param {string} crate */
const manifestOf = (crate) => join(FOLDER, crate, "Cargo.toml");

/**
 * Whether a crate is for front ends, which says in its manifest what it needs on wasm32.
 *
 * @param {string} crate
 */
function isForFrontEnds(crate) {
  return readFileSync(manifestOf(crate), "utf8").includes("wasm32");
}

const crates = readdirSync(FOLDER).filter((crate) => existsSync(manifestOf(crate)));

/** The crates beside `portcullis` itself that front ends use. */
export const frontEndCrates = crates.filter(isForFrontEnds);

/** Those that servers use. */
export const serverCrates = crates.filter((crate) => !isForFrontEnds(crate));
