import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { target } from "../../dev/paths.mjs";

/**
 * Bundles the page of an adapter's tests. The adapter and its framework are in the bundle; the core is not, so
 * that there is one on the page, the built package's.
 *
 * @param {string} name of the folder
 * @param {{ entry: string, alias?: Record<string, string>, html?: string }} what html: what is in the page
 *   before the app runs
 * @returns {Promise<string>} the folder to serve
 */
export async function buildPage(name, { entry, alias = {}, html = "" }) {
  const folder = join(target, "adapters", name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, "index.html"),
    `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>${name}</title>
    <link rel="icon" href="data:," />
    <script type="module" src="/page.js"></script>
  </head>
  <body><div id="app">${html}</div></body>
</html>
`,
  );
  await esbuild.build({
    entryPoints: [fileURLToPath(new URL(entry, import.meta.url))],
    outfile: join(folder, "page.js"),
    bundle: true,
    format: "esm",
    target: "es2022",
    alias,
    plugins: [coreOfThePage],
    define: { "process.env.NODE_ENV": '"development"' },
    logLevel: "warning",
  });
  return folder;
}

/** @type {esbuild.Plugin} */
const coreOfThePage = {
  name: "core of the page",
  setup({ onResolve }) {
    onResolve({ filter: /^(\.\/index\.js|portcullis)$/ }, () => ({
      path: "/pkg/index.js",
      external: true,
    }));
  },
};
