import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../../dev/paths.mjs";

/** @param {string} name of an interface of npm/client_config.ts */
function optionsOf(name) {
  const source = readFileSync(join(root, "npm", "client_config.ts"), "utf8");
  const declaration = new RegExp(`^export interface ${name}\\b[^{]*\\{$(.*?)^\\}$`, "ms").exec(
    source,
  );
  return [...(declaration?.[1] ?? "").matchAll(/^ {2}(\w+)\??:/gm)].map(([, option]) => option);
}

test("docs/configuration.md explains every option of ClientConfig and of popups once, and no other", () => {
  const options = [...optionsOf("ClientConfig"), ...optionsOf("PopupOptions")];
  for (const option of ["issuer", "logger", "timeout"]) assert.ok(options.includes(option), option);

  const page = readFileSync(join(root, "docs", "configuration.md"), "utf8");
  const explained = [...page.matchAll(/^\| `(\w+)` +\|/gm)].map(([, option]) => option);
  assert.deepEqual(explained.sort(), options.sort());
});
