import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { root } from "../../dev/paths.mjs";

const pages = [
  ...["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"],
  ...["docs", "docs/decisions"].flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((file) => file.endsWith(".md"))
      .map((file) => `${folder}/${file}`),
  ),
];

/** @param {string} file */
const read = (file) => readFileSync(join(root, file), "utf8");

/** @param {string} markdown */
function links(markdown) {
  const inline = [...markdown.matchAll(/\[([^\]]*)\]\(([^)\s]+)\)/g)];
  const html = [...markdown.matchAll(/()(?:src|srcset)="([^"]+)"/g)];
  return [...inline, ...html].map(([, text, target]) => ({ text, target }));
}

/** @param {string} heading */
const anchor = (heading) =>
  heading
    .toLowerCase()
    .replace(/[^\w\s-]/g, "")
    .replaceAll(" ", "-");

for (const page of pages) {
  test(`every link of ${page} leads somewhere`, () => {
    for (const { target } of links(read(page)).filter(({ target }) => !/^https?:/.test(target))) {
      const [path, fragment] = target.split("#");
      const file = path === "" ? page : join(dirname(page), path);
      assert.ok(existsSync(join(root, file)), target);
      if (fragment === undefined) continue;
      const headings = [...read(file).matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
        anchor(heading),
      );
      assert.ok(headings.includes(fragment), target);
    }
  });
}

test("every test that the README names is in the file it links to", () => {
  const tests = links(read("README.md")).filter(({ target }) =>
    /^(src|tests|examples)\/.*test|^(src|tests)\/.*\.rs$/.test(target),
  );
  assert.ok(tests.length > 20, `only ${tests.length} tests are named`);
  for (const { text, target } of tests) {
    const name = target.endsWith(".rs") ? `fn ${text.replaceAll(" ", "_")}(` : `("${text}"`;
    assert.ok(read(target).includes(name), `${target}: ${text}`);
  }
});
