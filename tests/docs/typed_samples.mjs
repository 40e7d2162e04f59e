import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { docsGenerator, packageFolder, root } from "../../dev/paths.mjs";
import { run } from "../../dev/process.mjs";
import { nameOf } from "./blocks.mjs";

/** @typedef {import("./blocks.mjs").Block} Block */
/** @typedef {{ block: Block, kind: "js" | "jsx" | "ts" | "tsx", code: string }} TypedCode */

/** Beside the site's packages, so that samples of the peers find their peers. */
const FOLDER = join(docsGenerator, ".samples");

/** What every sample may take for granted; a name that it declares itself goes first. */
const SURROUNDINGS = `
import type { Client, ClientConfig, createClient as create } from "portcullis";
declare global {
  const createClient: typeof create;
  const client: Client;
  const config: ClientConfig;
  const issuer: string;
  const clientId: string;
  const api: string;
}
`;

/** @param {TypedCode} sample */
function fileOf({ block: { page, line, file }, kind }) {
  const folder = page.replace(/\.md$/, "").replaceAll("/", "_");
  return join(folder, file ?? `line_${line}.${kind}`);
}

/** @returns {Record<string, string[]>} where the compiler finds the package's entry points */
function packagePaths() {
  const manifest = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8"));
  const entries = Object.entries(manifest.exports).flatMap(([name, entry]) =>
    entry.types ? [[join(manifest.name, name), [join(packageFolder, entry.types)]]] : [],
  );
  return Object.fromEntries([...entries, ["/pkg/*", [join(packageFolder, "*")]]]);
}

/** @param {boolean} checksTypes what JavaScript leaves out is no mistake of a sample in JavaScript */
const options = (checksTypes) => ({
  compilerOptions: {
    strict: true,
    noImplicitAny: checksTypes,
    strictNullChecks: checksTypes,
    noEmit: true,
    target: "es2022",
    lib: ["es2023", "dom", "dom.iterable"],
    module: "preserve",
    moduleResolution: "bundler",
    moduleDetection: "force",
    jsx: "react-jsx",
    allowJs: true,
    checkJs: true,
    skipLibCheck: true,
    allowArbitraryExtensions: true,
    // The runes of Svelte, and for tests Node's own modules.
    types: checksTypes ? [] : ["node", "svelte"],
    paths: packagePaths(),
  },
});

/**
 * Compiles the samples against the package as it was built.
 *
 * @param {TypedCode[]} samples
 * @returns {Promise<string>} what the compiler says of them
 */
export async function checkTypes(samples) {
  rmSync(FOLDER, { recursive: true, force: true });
  for (const sample of samples) {
    const file = join(FOLDER, fileOf(sample));
    mkdirSync(dirname(file), { recursive: true });
    // On one line, so that the compiler's lines are those of the sample.
    const given = sample.block.given.replaceAll("\n", " ");
    writeFileSync(file, `/* ${nameOf(sample.block)} */ ${given}\n${sample.code}`);
  }
  writeFileSync(join(FOLDER, "surroundings.d.ts"), SURROUNDINGS);
  const complaints = [];
  for (const [name, kinds] of Object.entries({ js: ["js", "jsx"], ts: ["ts", "tsx"] })) {
    const config = join(FOLDER, `tsconfig.${name}.json`);
    const include = kinds.map((kind) => `**/*.${kind}`);
    const files = ["surroundings.d.ts"];
    writeFileSync(config, JSON.stringify({ ...options(name === "ts"), include, files }));
    const { code, output } = await run("tsc", ["--project", config], { cwd: root });
    if (code !== 0) complaints.push(output);
  }
  return complaints.join("\n");
}
