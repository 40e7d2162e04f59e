import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../dev/paths.mjs";

/**
 * @param {string} name of an interface of npm/client_config.ts
 * @returns {string[]} the options that it declares itself
 */
export function declaredOptions(name) {
  const source = readFileSync(join(root, "npm", "client_config.ts"), "utf8");
  const declaration = new RegExp(`^export interface ${name}\\b[^{]*\\{$(.*?)^\\}$`, "ms").exec(
    source,
  );
  return [...(declaration?.[1] ?? "").matchAll(/^ {2}(\w+)\??[:(]/gm)].map(([, option]) => option);
}
