import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../../dev/paths.mjs";

test("docs/servers.md says of each server whether it is tested here or read of", () => {
  const [, ...sections] = readFileSync(join(root, "docs", "servers.md"), "utf8").split(/^## /m);
  const marks = sections.map((section) => {
    const [name, , first = ""] = section.split("\n");
    return [name, /^\*\*(Tested here|Read)\.?\*\*/.exec(first)?.[1]];
  });
  assert.deepEqual(Object.fromEntries(marks), {
    "oidc-provider": "Tested here",
    Keycloak: "Read",
    Auth0: "Read",
    "Microsoft Entra ID": "Read",
    Okta: "Read",
    "Amazon Cognito": "Read",
    Google: "Read",
  });
});
