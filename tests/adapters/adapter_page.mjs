import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import * as esbuild from "esbuild";
import { packageFolder, target } from "../../dev/paths.mjs";

/** What React's build for servers asks for Node's own modules with. */
const REQUIRE = `import { createRequire } from "node:module";
const require = createRequire(import.meta.url);`;

const HTML = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>Adapter</title>
    <link rel="icon" href="data:," />
    <script type="module" src="/page.js"></script>
  </head>
  <body><div id="app"></div></body>
</html>
`;

/**
 * Bundles the page of an adapter's tests. The adapter and its framework are in the bundle; the core is not, so
 * that there is one on the page, the built package's.
 *
 * @param {string} name of the folder
 * @param {{ entry: string, alias?: Record<string, string> }} what
 * @returns {Promise<string>} the folder to serve
 */
export async function buildPage(name, { entry, alias = {} }) {
  const folder = join(target, "adapters", name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "index.html"), HTML);
  await bundle(entry, join(folder, "page.js"), {
    alias,
    core: "/pkg/index.js",
    platform: "browser",
  });
  return folder;
}

/**
 * Bundles the same for a server.
 *
 * @param {string} name
 * @param {{ entry: string, alias?: Record<string, string> }} what
 * @returns {Promise<string>} the URL of the module
 */
export async function buildForServer(name, { entry, alias = {} }) {
  const file = join(target, "adapters", `${name}-server.mjs`);
  const core = pathToFileURL(join(packageFolder, "index.js")).href;
  await bundle(entry, file, { alias, core, platform: "node" });
  return pathToFileURL(file).href;
}

/**
 * @param {string} entry
 * @param {string} outfile
 * @param {{ alias: Record<string, string>, core: string, platform: "browser" | "node" }} how core: where the
 *   core is, which stays outside
 */
async function bundle(entry, outfile, { alias, core, platform }) {
  await esbuild.build({
    entryPoints: [fileURLToPath(new URL(entry, import.meta.url))],
    outfile,
    bundle: true,
    format: "esm",
    platform,
    ...(platform === "node" && { banner: { js: REQUIRE } }),
    target: "es2022",
    alias,
    plugins: [
      {
        name: "core of the page",
        setup({ onResolve }) {
          onResolve({ filter: /^(\.\/index\.js|portcullis)$/ }, () => ({
            path: core,
            external: true,
          }));
        },
      },
    ],
    define: {
      "process.env.NODE_ENV": '"development"',
      __VUE_OPTIONS_API__: "false",
      __VUE_PROD_DEVTOOLS__: "false",
      __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: "false",
    },
    logLevel: "warning",
  });
}
