import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { anchorOf } from "../../dev/docs_outline.mjs";
import { pagesOfDocs } from "../../dev/docs_pages.mjs";
import { root } from "../../dev/paths.mjs";

const pages = [
  ...["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"],
  ...pagesOfDocs(),
];

/** @param {string} file */
const read = (file) => readFileSync(join(root, file), "utf8");

/** @param {string} markdown */
function links(markdown) {
  const inline = [...markdown.matchAll(/\[([^\]]*)\]\(([^)\s]+)(?: "([^"]*)")?\)/g)];
  const html = [...markdown.matchAll(/()(?:src|srcset)="([^"]+)"/g)];
  return [...inline, ...html].map(([, text, target, title]) => ({ text, target, title }));
}

for (const page of pages) {
  test(`every link of ${page} leads somewhere`, () => {
    for (const { target } of links(read(page)).filter(({ target }) => !/^https?:/.test(target))) {
      const [path, fragment] = target.split("#");
      const file = path === "" ? page : join(dirname(page), path);
      assert.ok(existsSync(join(root, file)), target);
      if (fragment === undefined) continue;
      const headings = [...read(file).matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
        anchorOf(heading),
      );
      assert.ok(headings.includes(fragment), target);
    }
  });
}

/**
 * The links of a page whose title, or else text, is a test's name, to the file that the test is in.
 *
 * @param {string} page
 */
function namedTests(page) {
  return links(read(page))
    .map(({ text, target, title }) => ({ name: title ?? text, file: join(dirname(page), target) }))
    .filter(({ name, file }) => /^(src|tests|examples)\/.*\.(rs|test\.mjs)$/.test(file))
    .filter(({ name, file }) => name.includes(" ") && !isTableOfCorpus(file));
}

/** @param {string} file */
function isTableOfCorpus(file) {
  return /^tests\/protocol_corpus\/(?!main)/.test(file);
}

for (const [page, least] of /** @type {const} */ ([
  ["README.md", 25],
  ["docs/security.md", 40],
  ["docs/recipes.md", 20],
])) {
  test(`every test that ${page} names is in the file it links to`, () => {
    const tests = namedTests(page);
    assert.ok(tests.length >= least, `only ${tests.length} tests are named`);
    for (const { name, file } of tests) {
      const inRust = `fn ${name.toLowerCase().replaceAll(" ", "_")}(`;
      const text = file.endsWith(".rs") ? inRust : `("${name}"`;
      assert.ok(read(file).includes(text), `${file}: ${name}`);
    }
  });
}

test("every test that docs/conformance.md says is passed is in the file of its section", () => {
  let checked = 0;
  for (const section of read("docs/conformance.md").split("\n## ")) {
    const file = /^The names begin with .*\]\(\.\.\/(.*\.test\.mjs)\)/m.exec(section)?.[1];
    const passed = section.matchAll(/^\| `-?([\w-]+)` .*\| yes +\|$/gm);
    for (const [, name] of file ? passed : []) {
      assert.match(read(file ?? ""), new RegExp(`["-]${name}[":]`), `${file}: ${name}`);
      checked++;
    }
  }
  assert.ok(checked > 50, `only ${checked} tests are named`);
});
