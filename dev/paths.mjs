import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The checkout. */
export const root = fileURLToPath(new URL("..", import.meta.url));

/** What is worth keeping between checkouts: tools, compiled dependencies, the wasm32 sysroot. */
export const cache = resolve(
  process.env.PORTCULLIS_CACHE ??
    join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "portcullis"),
);

/** Where `cargo install --root` puts the tools. */
export const tools = join(cache, "tools");

/** What cargo builds, and everything else that is made in this checkout and not in git. */
export const target = resolve(root, process.env.CARGO_TARGET_DIR ?? "target");

/** The built npm package. */
export const packageFolder = join(root, "pkg");

/** What wasm-bindgen writes: the glue and the wasm before wasm-opt. */
export const generated = join(root, "npm", "generated");

/** The demo page as it is served. */
export const site = join(target, "www");

/** Says whether the wasm was built with a standard library rebuilt for size ("small") or not ("plain"). */
export const standardLibrary = join(generated, "standard-library");

/** What the documentation site is built with. */
export const docsGenerator = join(root, "docs", "site");

/** The pages that the documentation site is built from, gathered and generated. */
export const docsSource = join(target, "docs", "source");

/** The documentation site as it is served. */
export const docsOutput = join(target, "docs", "site");
