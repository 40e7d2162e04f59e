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
  await answered(`http://localhost:${port}/`, child).catch(async (error) => {
    await stop(child);
    throw new Error(`${error.message}\n${output}`);
  });
  return { close: () => stop(child) };
};

/**
 * Waits until a server answers.
 *
 * @param {string} url
 * @param {import("../../dev/process.mjs").ChildProcess} child the server
 */
export async function answered(url, child) {
  const deadline = performance.now() + READY_WITHIN_MS;
  while (!(await answers(url))) {
    if (child.exitCode !== null || performance.now() > deadline) {
      throw new Error(`Nothing answers at ${url}.`);
    }
    await delay(50);
  }
}

/** @param {string} url */
async function answers(url) {
  try {
    // A server that is about to start may take a request and never answer it.
    return (await fetch(url, { signal: AbortSignal.timeout(2000) })).ok;
  } catch {
    return false;
  }
}
