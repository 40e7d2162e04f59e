import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build } from "./build.mjs";
import { gatherPages } from "./docs_pages.mjs";
import { writeRustReference, writeTypeScriptReference } from "./docs_reference.mjs";
import { docsGenerator, docsOutput, docsSource } from "./paths.mjs";
import { parsePort } from "./ports.mjs";
import { run, stopEverythingOnSignal } from "./process.mjs";
import { installPackages, setUpOrFail } from "./setup.mjs";
import { command, Failure, say, step } from "./step.mjs";

/** @typedef {import("./process.mjs").Environment} Environment */

const HELP = `Builds the documentation site into target/docs/site: npm run docs -- [options]

  --serve          then serves it
  --port=<port>    on this port    4183
`;

/**
 * Builds the documentation site. A warning of any of its generators is a failure.
 *
 * @param {Environment} wasm the environment of commands that compile to wasm32
 */
export async function buildDocs(wasm) {
  rmSync(docsSource, { recursive: true, force: true });
  rmSync(docsOutput, { recursive: true, force: true });
  mkdirSync(docsSource, { recursive: true });
  await step("site generator", (doing) => installPackages(doing, docsGenerator));
  await step("pages", async () => {
    gatherPages();
    return "gathered";
  });
  await step("TypeScript reference", async () => {
    await writeTypeScriptReference();
    return "written";
  });
  await step("site", generateSite);
  await step("Rust reference", async () => {
    await writeRustReference(wasm);
    return "written";
  });
}

async function generateSite() {
  const vitepress = join(docsGenerator, "node_modules", ".bin", "vitepress");
  const { code, output } = await run(vitepress, ["build", docsGenerator], {
    env: { PORTCULLIS_DOCS_SOURCE: docsSource, PORTCULLIS_DOCS_OUTPUT: docsOutput },
  });
  if (code !== 0 || /warn|\(!\)|dead link/i.test(output)) {
    throw new Failure(`The documentation site was not built cleanly:\n${output.trimEnd()}`);
  }
  return "generated";
}

function readOptions() {
  try {
    return parseArgs({
      options: {
        serve: { type: "boolean" },
        port: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    }).values;
  } catch (error) {
    throw new Failure(`${/** @type {Error} */ (error).message}\n\n${HELP}`);
  }
}

async function main() {
  const { help, serve, port = "4183" } = readOptions();
  if (help) {
    process.stdout.write(HELP);
    return;
  }
  const servedAt = parsePort(port, "--port");
  const { wasm } = await setUpOrFail();
  await build(wasm);
  await buildDocs(wasm);
  if (!serve) return;
  // Only now are the npm packages there that it imports.
  const { serveDocs } = await import("./docs_server.mjs");
  await serveDocs(servedAt);
  say(`The documentation is at http://localhost:${servedAt}/`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  stopEverythingOnSignal(130);
  await command(main);
}
