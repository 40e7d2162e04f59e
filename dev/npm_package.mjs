import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { deflateRawSync } from "node:zlib";
import { generated, packageFolder, root, target } from "./paths.mjs";
import { runOrFail } from "./process.mjs";
import { shortenNames, withoutLoader } from "./short_names.mjs";
import { splitWasm } from "./split_wasm.mjs";
import { unlessUnchanged } from "./unchanged.mjs";

/** The modules that users import: `portcullis` and its subpaths, as package.json exports them. */
const MODULES = ["index", "console", "inline", "react", "svelte", "testing", "vue"];

/** What a page needs of the wasm to begin with, and the rest. */
export const WASM = { first: "portcullis_bg.wasm", rest: "portcullis_rest.wasm" };

/** What `index` fetches when there is something to warn of. */
const WARNINGS = "mistakes";

/** What the package has as the project has it. */
const COPIED = [
  ...["README.md", "LICENSE-MIT", "LICENSE-APACHE"],
  ...["docs/bundlers.md", "docs/csp.md", `docs/${WARNINGS}.md`],
];

/** What an import of the wasm file gives. */
const WASM_TYPES = "portcullis_bg.wasm.d.ts";

/** What rustc's wasm32 target uses by default. */
export const FEATURES = [
  "--enable-bulk-memory",
  "--enable-bulk-memory-opt",
  "--enable-multivalue",
  "--enable-mutable-globals",
  "--enable-nontrapping-float-to-int",
  "--enable-reference-types",
  "--enable-sign-ext",
];

const STRIP = ["--strip-debug", "--strip-producers", "--strip-target-features"];

/**
 * Builds the npm package into pkg/, once the wasm is built.
 *
 * @returns {Promise<string>} in a word what happened
 */
export async function buildPackage() {
  return unlessUnchanged(
    "package",
    {
      inputs: [
        ...[
          "npm",
          "src/browser",
          "src/js",
          "package.json",
          "package-lock.json",
          "tsconfig.base.json",
          "dev/npm_package.mjs",
          "dev/short_names.mjs",
          "dev/split_wasm.mjs",
        ],
        ...COPIED,
      ],
      outputs: [
        ...MODULES.flatMap((name) => [`${name}.js`, `${name}.d.ts`]),
        ...Object.values(WASM),
      ].map((file) => join(packageFolder, file)),
    },
    async () => {
      rmSync(packageFolder, { recursive: true, force: true });
      mkdirSync(packageFolder);
      await bundleModules(await buildWasmFiles());
      await writeDeclarations();
      writeManifest();
      for (const file of COPIED) cpSync(join(root, file), join(packageFolder, file));
    },
  );
}

/**
 * Makes the two files of wasm that are shipped of the one that wasm-bindgen wrote.
 *
 * @returns {Promise<{ glue: string, build: string }>} the glue, for short names, and the name of the build
 */
async function buildWasmFiles() {
  const whole = join(target, "portcullis.wasm");
  await optimize(join(generated, "portcullis_bg.wasm"), whole, ["-g"]);
  const glue = await shortenNames(whole, join(generated, "portcullis.js"), [...FEATURES, "-g"]);
  const parts = splitWasm(await runOrFail("wasm-dis", [...FEATURES, whole]));
  for (const part of /** @type {const} */ (["first", "rest"])) {
    const text = join(target, `portcullis_${part}.wat`);
    writeFileSync(text, parts[part]);
    const file = join(packageFolder, WASM[part]);
    await runOrFail("wasm-as", [...FEATURES, text, "--output", file]);
    await optimize(file, file);
  }
  // `npm/core.ts` has a loader that tells what is wrong.
  return { glue: withoutLoader(glue), build: parts.build };
}

/**
 * Makes wasm that wasm-bindgen wrote as small as it gets.
 *
 * @param {string} from
 * @param {string} to
 * @param {string[]} [names] what becomes of the names of functions
 */
export async function optimize(from, to, names = STRIP) {
  await runOrFail("wasm-opt", [
    // What is only behind it is to be found by its name.
    "--no-inline=*later::Later*",
    "-Oz",
    "--converge",
    // Functions with one caller, which are many and large in async code, compress better by themselves.
    "--one-caller-inline-max-function-size=20",
    // What occurs twice compresses better than a local for it.
    "--skip-pass=local-cse",
    ...FEATURES,
    ...names,
    from,
    "--output",
    to,
  ]);
}

/**
 * @param {object} wasm
 * @param {string} wasm.glue what wasm-bindgen wrote, its names shortened
 * @param {string} wasm.build
 */
async function bundleModules({ glue, build }) {
  const esbuild = await import("esbuild");
  await esbuild.build({
    entryPoints: [...MODULES, WARNINGS].map((name) => join(root, "npm", `${name}.ts`)),
    outdir: packageFolder,
    bundle: true,
    packages: "external",
    external: [`./${WARNINGS}.js`],
    plugins: [sharedCore, inPlaceOfGlue(glue), inPlaceOfSnippets, compressedWasm],
    define: { BUILD: JSON.stringify(build) },
    format: "esm",
    platform: "browser",
    target: "es2022",
    minify: true,
    sourcemap: true,
    logLevel: "warning",
  });
}

/**
 * What the subpaths need of `portcullis` itself they import, so that a page has it and its wasm once.
 * Where a client is made it goes by the package's name: the exports of package.json tell each bundler
 * whether that is the client with the wasm inside.
 *
 * @type {import("esbuild").Plugin}
 */
const sharedCore = {
  name: "shared core",
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/index\.js$/ }, ({ path, importer }) => ({
      path: basename(importer) === "auth_store.ts" ? "portcullis" : path,
      external: true,
    }));
  },
};

/**
 * @param {string} contents
 * @returns {import("esbuild").Plugin}
 */
function inPlaceOfGlue(contents) {
  return {
    name: "short names",
    setup({ onLoad }) {
      const filter = /[\\/]generated[\\/]portcullis\.js$/;
      onLoad({ filter }, () => ({ contents, resolveDir: generated }));
    },
  };
}

/**
 * What wasm-bindgen has copied of src/ is taken from there, as it is for npm/, so that it is there once.
 *
 * @type {import("esbuild").Plugin}
 */
const inPlaceOfSnippets = {
  name: "sources of snippets",
  setup({ onResolve }) {
    const filter = /\/snippets\/[^/]+\/(src\/.*)$/;
    onResolve({ filter }, ({ path }) => ({ path: join(root, filter.exec(path)?.[1] ?? path) }));
  },
};

/**
 * The wasm as `portcullis/inline` carries it.
 *
 * @type {import("esbuild").Plugin}
 */
const compressedWasm = {
  name: "compressed wasm",
  setup({ onLoad, onResolve }) {
    const filter = /\.wasm\.deflate$/;
    onResolve({ filter }, ({ path }) => ({ path: basename(path, ".deflate"), namespace: "wasm" }));
    onLoad({ filter: /./, namespace: "wasm" }, ({ path }) => {
      const wasm = readFileSync(join(packageFolder, path));
      return { contents: deflateRawSync(wasm, { level: 9 }), loader: "base64" };
    });
  },
};

/**
 * Writes the type declarations that a user's compiler reads, which are free of the glue's, and beside them
 * the sources that source maps and declaration maps lead to.
 */
async function writeDeclarations() {
  await runOrFail("tsc", [
    ...["--project", "npm", "--noEmit", "false", "--declaration", "--declarationMap"],
    ...["--emitDeclarationOnly", "--outDir", relative(root, packageFolder)],
  ]);
  const files = await runOrFail("tsc", [
    ...["--ignoreConfig", "--noEmit", "--strict", "--exactOptionalPropertyTypes", "--listFiles"],
    ...["--target", "es2022", "--lib", "es2022,dom,dom.iterable", "--types", ""],
    ...["--module", "nodenext", "--moduleResolution", "nodenext"],
    ...MODULES.map((name) => join("pkg", `${name}.d.ts`)),
  ]);
  const read = new Set(files.split("\n").map((file) => basename(file)));
  for (const file of readdirSync(packageFolder)) {
    const declarations = file.replace(/\.map$/, "");
    if (declarations.endsWith(".d.ts") && !read.has(declarations))
      rmSync(join(packageFolder, file));
  }
  cpSync(join(root, "npm", WASM_TYPES), join(packageFolder, WASM_TYPES));
  shipSources();
}

function shipSources() {
  cpSync(join(root, "npm"), join(packageFolder, "src"), {
    recursive: true,
    filter: (path) => !path.endsWith("tsconfig.json") && basename(path) !== basename(generated),
  });
  for (const file of readdirSync(packageFolder)) {
    if (!file.endsWith(".map")) continue;
    const path = join(packageFolder, file);
    writeFileSync(path, readFileSync(path, "utf8").replaceAll('"../npm/', '"./src/'));
  }
}

/** The package's manifest is the project's, seen from inside pkg/ and without what only serves development. */
function writeManifest() {
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"), (_key, value) =>
    typeof value === "string" && value.startsWith("./pkg/") ? `./${value.slice(6)}` : value,
  );
  for (const field of ["private", "scripts", "devDependencies", "overrides"])
    delete manifest[field];
  writeFileSync(join(packageFolder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}
