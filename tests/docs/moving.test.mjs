import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { docsGenerator, packageFolder, root } from "../../dev/paths.mjs";
import { installPackages, setUpOrFail } from "../../dev/setup.mjs";

const PEERS = {
  "from-auth0-spa-js": "@auth0/auth0-spa-js",
  "from-keycloak-js": "keycloak-js",
  "from-oidc-client-ts": "oidc-client-ts",
  "from-oidc-spa": "oidc-spa",
};

before(async () => {
  await setUpOrFail();
  await installPackages(() => {}, docsGenerator);
});

/**
 * @param {string} folder
 * @returns {string} the text of all type declarations in it
 */
function declarations(folder) {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".d.ts") && !file.includes("node_modules"))
    .map((file) => readFileSync(join(folder, file), "utf8"))
    .join("\n");
}

/**
 * The two columns of the tables of names.
 *
 * @param {string} page
 */
function rows(page) {
  return [...page.matchAll(/^\| (.*?) +\| (.*?) +\|$/gm)]
    .map(([, theirs, ours]) => ({ theirs, ours }))
    .filter(({ theirs }) => theirs.startsWith("`"));
}

/** @param {string} cell */
const code = (cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, text]) => text);

for (const [name, peer] of Object.entries(PEERS)) {
  const page = readFileSync(join(root, "docs", "moving", `${name}.md`), "utf8");

  test(`docs/moving/${name}.md says which version it was made from`, () => {
    const manifest = readFileSync(join(docsGenerator, "package.json"), "utf8");
    const version = JSON.parse(manifest).devDependencies[peer];
    assert.ok(page.includes(`\`${peer}\` ${version}.`), version);
  });

  test(`every name of ${peer} in docs/moving/${name}.md is one of its declarations`, () => {
    const declared = declarations(join(docsGenerator, "node_modules", peer));
    const names = rows(page).flatMap(({ theirs }) => code(theirs));
    assert.ok(names.length > 20, `only ${names.length} names were found`);
    assert.deepEqual(
      names.filter((word) => !new RegExp(`\\b${word}\\b`).test(declared)),
      [],
    );
  });

  test(`every name of Portcullis in docs/moving/${name}.md is one of its declarations`, () => {
    const declared = declarations(packageFolder);
    const names = rows(page)
      .flatMap(({ ours }) => code(ours))
      // `client.state.user` is looked for by its last name, `on("login")` by the event's.
      .map((text) => /^(?:client(?:\.\w+)*\.)?(?:on\(")?(\w+)/.exec(text)?.[1] ?? text)
      // What is sent to a server is named by others: by the standards, or by that server.
      .filter((word) => /^[a-zA-Z]+$/.test(word));
    assert.ok(names.length > 15, `only ${names.length} names were found`);
    assert.deepEqual(
      names.filter((word) => !new RegExp(`\\b${word}\\b`).test(declared)),
      [],
    );
  });
}
