import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, extname, join, normalize, relative } from "node:path";
import { docsSource, root } from "./paths.mjs";
import { Failure } from "./step.mjs";

/** The pages that lie in the project's own folder, and what the site calls them. */
const PAGES_OF_ROOT = /** @type {Record<string, string>} */ ({
  "CHANGELOG.md": "changelog.md",
  "CONTRIBUTING.md": "contributing.md",
  "SECURITY.md": "reporting.md",
});

/** @returns {string[]} the Markdown files under docs/, as paths of the checkout */
export function pagesOfDocs(folder = "docs") {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return path === "docs/site" ? [] : pagesOfDocs(path);
    return entry.name.endsWith(".md") ? [path] : [];
  });
}

/** @returns {string[]} the pages that the site is made of, as paths of the checkout */
export function gatheredPages() {
  return [...pagesOfDocs(), ...Object.keys(PAGES_OF_ROOT)];
}

/**
 * Where the site has a page of the checkout.
 *
 * @param {string} path
 * @returns {string | null}
 */
export function placeOf(path) {
  if (path === "README.md") return "index.md";
  if (PAGES_OF_ROOT[path]) return PAGES_OF_ROOT[path];
  return path.startsWith("docs/") && path.endsWith(".md") ? path.slice("docs/".length) : null;
}

/**
 * Gathers what the site is built from: the Markdown that GitHub shows too, with its links to the rest of
 * the checkout led to copies in the site.
 */
export function gatherPages() {
  /** @type {Set<string>} */
  const linked = new Set();
  for (const page of gatheredPages()) {
    const place = placeOf(page) ?? page;
    const markdown = readFileSync(join(root, page), "utf8");
    write(
      place,
      outsideCode(markdown, (text) => ledToSite(text, { page, place, linked })),
    );
  }
  cpSync(join(root, "docs"), docsSource, {
    recursive: true,
    filter: (path) => path !== join(root, "docs", "site") && extname(path) !== ".md",
  });
  for (const path of linked) copySource(path);
  mkdirSync(join(docsSource, "public"), { recursive: true });
  copyFileSync(join(root, "www", "favicon.svg"), join(docsSource, "public", "favicon.svg"));
}

/**
 * @param {string} markdown
 * @param {(text: string) => string} change
 */
function outsideCode(markdown, change) {
  return markdown
    .split(/^(```.*\n[\s\S]*?^```$)/m)
    .map((part, index) => (index % 2 === 0 ? change(part) : part))
    .join("");
}

/**
 * @param {string} text
 * @param {{ page: string, place: string, linked: Set<string> }} from
 */
function ledToSite(text, { page, place, linked }) {
  return text.replace(/(\]\()([^)\s#]+)(#[^)\s]*)?/g, (whole, before, target, anchor = "") => {
    if (/^\w+:/.test(target)) return whole;
    const path = normalize(join(dirname(page), target));
    if (!existsSync(join(root, path)))
      throw new Failure(`${page} links to ${target}: no such file`);
    const there = placeOf(path);
    if (there === null && path.startsWith("docs/")) return whole;
    if (there === null) linked.add(path);
    const link = relative(dirname(place), there ?? copyOf(path));
    return `${before}${link.startsWith(".") ? link : `./${link}`}${anchor}`;
  });
}

/**
 * Source is shown as plain text, whatever host serves the site; of a folder there is a list.
 *
 * @param {string} path
 */
function copyOf(path) {
  const isFolder = statSync(join(root, path)).isDirectory();
  return join("source", isFolder ? join(path, "index.md") : `${path}.txt`);
}

/** @param {string} path */
function copySource(path) {
  const from = join(root, path);
  if (!statSync(from).isDirectory()) {
    // What lies in public/ goes into the site as it is.
    const to = join(docsSource, "public", copyOf(path));
    mkdirSync(dirname(to), { recursive: true });
    copyFileSync(from, to);
    return;
  }
  const files = readdirSync(from, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);
  const list = files.map((name) => `- [${name}](./${name}.txt)`).join("\n");
  write(copyOf(path), `---\nsearch: false\n---\n\n# ${path}\n\n${list}\n`);
  for (const name of files) copySource(join(path, name));
}

/**
 * @param {string} place
 * @param {string} text
 */
function write(place, text) {
  const file = join(docsSource, place);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
