import { join } from "node:path";
import { packageFolder } from "../../dev/paths.mjs";
import { runOrFail } from "../../dev/process.mjs";

/**
 * Packs the built package as `npm publish` would.
 *
 * @param {string} folder where to
 * @returns {Promise<string>} the tarball
 */
export async function packInto(folder) {
  const args = ["pack", packageFolder, "--pack-destination", folder, "--silent"];
  return join(folder, (await runOrFail("npm", args)).trim());
}
