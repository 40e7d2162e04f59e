import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../../dev/paths.mjs";
import { declaredOptions } from "../declared_options.mjs";

test("docs/configuration.md explains every option of ClientConfig and of popups once, and no other", () => {
  const options = [...declaredOptions("ClientConfig"), ...declaredOptions("PopupOptions")];
  for (const option of ["issuer", "logger", "timeout"]) assert.ok(options.includes(option), option);

  const page = readFileSync(join(root, "docs", "configuration.md"), "utf8");
  const explained = [...page.matchAll(/^\| `(\w+)` +\|/gm)].map(([, option]) => option);
  assert.deepEqual(explained.sort(), options.sort());
});
