import {
  copyFileSync,
  existsSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";
import { WASM } from "../../dev/npm_package.mjs";
import { packageFolder, target } from "../../dev/paths.mjs";
import { measure, total } from "../../dev/weight.mjs";
import { peersFolder } from "./libraries.mjs";

/** @typedef {import("./libraries.mjs").Library} Library */

/**
 * @param {Library} library
 * @returns the folder of its bundled app
 */
export function bundleOf({ app }) {
  return join(target, "bench-peers", app);
}

/**
 * Bundles the app of a library as for production.
 *
 * @param {Library} library
 */
export async function bundle(library) {
  const { build } = await import("esbuild");
  const outdir = bundleOf(library);
  const silent = join(peersFolder, "apps", `${library.app}.silent.js`);
  rmSync(outdir, { recursive: true, force: true });
  /** @type {import("esbuild").BuildOptions} */
  const options = {
    outdir,
    bundle: true,
    minify: true,
    splitting: true,
    format: "esm",
    target: "es2022",
    conditions: ["production"],
    define: { "process.env.NODE_ENV": '"production"' },
    alias: { portcullis: join(packageFolder, "index.js") },
    logLevel: "error",
  };
  const contents = `import { start } from "./apps/${library.app}.js";
    import { run } from "./page.js";
    run(start);`;
  await build({ ...options, stdin: { contents, resolveDir: peersFolder }, entryNames: "main" });
  if (existsSync(silent)) await build({ ...options, entryPoints: [silent], entryNames: "silent" });
  if (library.name === "portcullis") {
    for (const wasm of Object.values(WASM)) {
      copyFileSync(join(packageFolder, wasm), join(outdir, wasm));
    }
  }
  for (const file of filesOf(library)) {
    const path = join(outdir, file);
    writeFileSync(`${path}${COMPRESSED}`, brotliCompressSync(readFileSync(path)));
  }
}

/** What a host serves in place of a file. */
const COMPRESSED = ".br";

/**
 * @param {Library} library
 * @returns the files of its bundle, each of which is there once more, compressed
 */
export function filesOf(library) {
  return readdirSync(bundleOf(library)).filter((file) => !file.endsWith(COMPRESSED));
}

/**
 * @param {Library} library
 * @param {string[]} files of its bundle
 * @returns {import("../../dev/weight.mjs").Size} what they weigh together
 */
export function sizeOf(library, files) {
  return total(files.map((file) => measure(join(bundleOf(library), file))));
}
