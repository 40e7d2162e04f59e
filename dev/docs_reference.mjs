import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { frontEndCrates, serverCrates } from "./crates.mjs";
import { docsGenerator, docsOutput, docsSource, packageFolder, root, target } from "./paths.mjs";
import { runOrFail } from "./process.mjs";

/** @typedef {import("./process.mjs").Environment} Environment */

const WASM = "wasm32-unknown-unknown";

/** What has the names of another entry, or none. */
const WITHOUT_PAGES = ["./inline", "./portcullis_bg.wasm", "./portcullis_rest.wasm"];

/** @returns {{ name: string, types: string }[]} what users import, and the declarations of it */
function entryPoints() {
  const manifest = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8"));
  return Object.entries(manifest.exports).flatMap(([path, entry]) =>
    entry.types && !WITHOUT_PAGES.includes(path)
      ? [{ name: join(manifest.name, path), types: join(packageFolder, entry.types) }]
      : [],
  );
}

/** Writes the pages of the TypeScript reference from the declarations that users get. */
export async function writeTypeScriptReference() {
  const folder = join(target, "docs");
  const tsconfig = join(folder, "tsconfig.json");
  writeFileSync(
    tsconfig,
    JSON.stringify({
      compilerOptions: {
        strict: true,
        skipLibCheck: true,
        target: "es2022",
        module: "nodenext",
        jsx: "react-jsx",
        lib: ["es2022", "dom", "dom.iterable"],
        types: [],
      },
      files: entryPoints().map(({ types }) => types),
    }),
  );
  const options = join(folder, "typedoc.json");
  writeFileSync(
    options,
    JSON.stringify({
      tsconfig,
      entryPoints: entryPoints().map(({ types }) => types),
      plugin: [join(docsGenerator, "node_modules", "typedoc-plugin-markdown", "dist", "index.js")],
      name: "TypeScript reference",
      readme: "none",
      out: join(docsSource, "reference"),
      entryFileName: "index",
      router: "member",
      disableSources: true,
      excludeInternal: true,
      excludeExternals: true,
      groupOrder: ["Functions", "*"],
      // The list of names behind `AuthActions`.
      intentionallyNotExported: ["ACTIONS"],
      hideBreadcrumbs: true,
      hidePageHeader: true,
      parametersFormat: "table",
      interfacePropertiesFormat: "table",
      treatWarningsAsErrors: true,
      cleanOutputDir: true,
    }),
  );
  await runOrFail(join(docsGenerator, "node_modules", ".bin", "typedoc"), ["--options", options]);
  const list = entryPoints().map(
    ({ name, types }) => `- [\`${name}\`](./${basename(types, ".d.ts")}/index.md)`,
  );
  writeFileSync(
    join(docsSource, "reference", "index.md"),
    `# TypeScript reference\n\n${list.join("\n")}\n`,
  );
}

/** The crates of front ends, and of servers. */
const RUST = {
  browser: {
    crates: ["portcullis", ...frontEndCrates],
    args: ["--target", WASM],
    pages: join(WASM, "doc"),
  },
  server: {
    crates: ["portcullis", ...serverCrates],
    args: ["--features", "portcullis/verify"],
    pages: "doc",
  },
};

/**
 * Puts the crates' documentation beside the built site: as front ends see it, and with what servers use.
 * A warning of rustdoc's is a failure.
 *
 * @param {Environment} wasm the environment of commands that compile to wasm32
 */
export async function writeRustReference(wasm) {
  for (const [name, { crates, args, pages }] of Object.entries(RUST)) {
    const env = name === "browser" ? wasm : {};
    // Only the pages are kept apart; what is compiled for them is shared with every other build.
    const folder = join(target, "docs", "rust", name);
    const packages = crates.flatMap((crate) => ["--package", crate]);
    await runOrFail("cargo", ["doc", "--no-deps", ...packages, ...args, "--target-dir", folder], {
      env: { ...env, RUSTDOCFLAGS: [env.RUSTDOCFLAGS, "-Dwarnings"].join(" ").trim() },
    });
    cpSync(join(folder, pages), join(docsOutput, "rust", name), { recursive: true });
  }
}
