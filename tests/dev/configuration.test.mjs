import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../../dev/paths.mjs";

test("docs/configuration.md explains every option of ClientConfig once, and no other", () => {
  const source = readFileSync(join(root, "npm", "client_config.ts"), "utf8");
  const declaration = source.match(/^export interface ClientConfig \{$(.*?)^\}$/ms)?.[1] ?? "";
  const options = [...declaration.matchAll(/^ {2}(\w+)\??:/gm)].map(([, option]) => option);
  assert.ok(options.includes("issuer") && options.includes("logger"), "ClientConfig is not read");

  const page = readFileSync(join(root, "docs", "configuration.md"), "utf8");
  const explained = [...page.matchAll(/^\| `(\w+)` +\|/gm)].map(([, option]) => option);
  assert.deepEqual(explained.sort(), options.sort());
});
