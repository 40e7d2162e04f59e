import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { chromium } from "playwright-core";
import { chromiumLaunch } from "../../dev/browsers.mjs";
import { buildDocs } from "../../dev/docs.mjs";
import { sidebar } from "../../dev/docs_outline.mjs";
import { gatheredPages, placeOf } from "../../dev/docs_pages.mjs";
import { serveDocs } from "../../dev/docs_server.mjs";
import { docsOutput } from "../../dev/paths.mjs";
import { freePorts } from "../../dev/ports.mjs";
import { setUpOrFail } from "../../dev/setup.mjs";

before(async () => {
  const { wasm } = await setUpOrFail();
  await buildDocs(wasm);
});

/** @returns {string[]} the site's own pages, without those of rustdoc */
function htmlPages(folder = "") {
  return readdirSync(join(docsOutput, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return path === "rust" ? [] : htmlPages(path);
    return path.endsWith(".html") ? [path] : [];
  });
}

/** @param {string} page */
const read = (page) => readFileSync(join(docsOutput, page), "utf8");

/**
 * @param {string} page
 * @returns {URL[]} where its links and pictures lead within the site
 */
function linksOf(page) {
  const here = new URL(page, "http://site/");
  return [...read(page).matchAll(/ (?:href|src)="([^"]+)"/g)]
    .map(([, link]) => new URL(link.replaceAll("&amp;", "&"), here))
    .filter(({ origin }) => origin === here.origin);
}

test("every link of the site leads to a file of it, and to a heading that is there", () => {
  let checked = 0;
  for (const page of htmlPages()) {
    for (const { pathname, hash } of linksOf(page)) {
      const path = decodeURI(pathname)
        .replace(/^\//, "")
        .replace(/^$|\/$/, "$&index.html");
      const file = existsSync(join(docsOutput, `${path}.html`)) ? `${path}.html` : path;
      assert.ok(existsSync(join(docsOutput, file)), `${page}: ${pathname}`);
      const id = decodeURIComponent(hash.slice(1));
      if (id && file.endsWith(".html")) {
        assert.ok(read(file).includes(` id="${id}"`), `${page}: ${pathname}${hash}`);
      }
      checked++;
    }
  }
  assert.ok(checked > 1000, `only ${checked} links were found`);
});

test("the navigation has every page once, and no other", () => {
  const shown = sidebar
    .flatMap(({ items }) => items)
    .filter(({ link, target }) => !target && !link.startsWith("/reference/"))
    .map(({ link }) => `${link.slice(1)}.md`);
  // The decisions are listed on the page of the architecture.
  const pages = gatheredPages().filter((page) => !page.startsWith("docs/decisions/"));
  assert.deepEqual(shown.sort(), pages.map((page) => placeOf(page)).sort());
});

test("the site is shown without a complaint, and its search finds an error code", async (t) => {
  const { demo: port } = await freePorts();
  const server = await serveDocs(port);
  t.after(() => server.close());
  const browser = await chromium.launch(chromiumLaunch());
  t.after(() => browser.close());
  const page = await browser.newPage();
  /** @type {string[]} */
  const complaints = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => void complaints.push(error.message));

  await page.goto(`http://localhost:${port}/`);
  await page.getByRole("button", { name: "Search" }).click();
  await page.getByRole("searchbox").fill("storage_unavailable");
  await page.getByRole("option").filter({ hasText: "Error codes" }).first().click();
  await page.waitForURL(/\/errors\.html/);
  await page.getByRole("heading", { level: 1, name: "Error codes" }).waitFor();
  assert.deepEqual(complaints, []);
});
