import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { launch, runOrFail, stop } from "../../dev/process.mjs";
import { serveFolder } from "./static_server.mjs";

/** @typedef {import("./testbed.mjs").Serve} Serve */

const READY_WITHIN_MS = 60_000;

/** @type {Serve} */
export const asItIs = serveFolder;

/** @type {Serve} */
export const built = async (project, port) => {
  await runOrFail("npm", ["run", "build"], { cwd: project });
  return serveFolder(join(project, "dist"), port);
};

/**
 * For a bundler that makes no page but the script of one.
 *
 * @param {string} [script] of the project
 * @returns {Serve}
 */
export function builtScript(script = "build") {
  return async (project, port) => {
    await runOrFail("npm", ["run", script], { cwd: project });
    const page = readFileSync(join(project, "index.html"), "utf8");
    writeFileSync(join(project, "dist", "index.html"), page.replace("/src/main.js", "/main.js"));
    return serveFolder(join(project, "dist"), port);
  };
}

/** @type {Serve} */
export const devServer = async (project, port) => {
  const child = launch("npm", ["run", "dev", "--", "--port", String(port)], {
    cwd: project,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let output = "";
  child.stderr?.setEncoding("utf8").on("data", (text) => (output += text));
  const deadline = performance.now() + READY_WITHIN_MS;
  while (!(await answers(`http://localhost:${port}/`))) {
    if (child.exitCode !== null || performance.now() > deadline) {
      await stop(child);
      throw new Error(`The development server did not start.\n${output}`);
    }
    await delay(50);
  }
  return { close: () => stop(child) };
};

/** @param {string} url */
async function answers(url) {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}
