import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { root } from "./paths.mjs";
import { Failure } from "./step.mjs";

/** @typedef {import("node:child_process").ChildProcess} ChildProcess */
/** @typedef {Record<string, string | undefined>} Environment an undefined value unsets the variable */
/** @typedef {{ code: number, output: string, timedOut: boolean }} Outcome */

const GRACE_MS = 3000;

/** @type {Set<ChildProcess>} */
const running = new Set();
let exitHookSet = false;
let signalHooksSet = false;
let interrupted = false;

/**
 * @param {ChildProcess} child
 * @param {NodeJS.Signals} signal
 */
function signalGroup(child, signal) {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== "ESRCH") throw error;
  }
}

/**
 * Starts a program in a process group of its own, so that what it starts is stopped with it.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {{ cwd?: string, env?: Environment, stdio?: import("node:child_process").StdioOptions }} [options]
 * @returns {ChildProcess}
 */
export function launch(program, args, { cwd = root, env = {}, stdio = "pipe" } = {}) {
  if (!exitHookSet) {
    exitHookSet = true;
    process.once("exit", () => running.forEach((child) => signalGroup(child, "SIGKILL")));
  }
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio,
    detached: true,
  });
  running.add(child);
  const forget = () => running.delete(child);
  child.once("close", forget);
  child.once("error", forget);
  return child;
}

/**
 * Runs a program to its end and keeps what it says.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {{ cwd?: string, env?: Environment, timeoutMs?: number, echo?: boolean }} [options]
 *   echo: pass the output on while it comes
 * @returns {Promise<Outcome>}
 */
export function run(program, args, { cwd, env, timeoutMs, echo = false } = {}) {
  return new Promise((done) => {
    const child = launch(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    let timedOut = false;
    const limit = timeoutMs
      ? setTimeout(() => {
          timedOut = true;
          void stop(child);
        }, timeoutMs)
      : undefined;
    for (const [from, to] of /** @type {const} */ ([
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ])) {
      from?.setEncoding("utf8").on("data", (text) => {
        output += text;
        if (echo) to.write(text);
      });
    }
    child.once("error", (error) => {
      clearTimeout(limit);
      done({ code: 127, output: error.message, timedOut });
    });
    child.once("close", (code) => {
      clearTimeout(limit);
      done({ code: code ?? 1, output, timedOut });
    });
  });
}

/**
 * Runs a program that has to succeed; gives what it printed.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {Parameters<typeof run>[2]} [options]
 */
export async function runOrFail(program, args, options) {
  const { code, output } = await run(program, args, options);
  if (code !== 0) {
    throw new Failure(`${output.trimEnd()}\n\n${[program, ...args].join(" ")} failed (${code}).`);
  }
  return output;
}

/**
 * @param {ChildProcess} child
 * @returns {Promise<void>}
 */
export function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) {
    return Promise.resolve();
  }
  return new Promise((done) => {
    const kill = setTimeout(() => signalGroup(child, "SIGKILL"), GRACE_MS);
    child.once("close", () => {
      clearTimeout(kill);
      done();
    });
    signalGroup(child, "SIGTERM");
  });
}

/**
 * From now on an interruption first stops every program that was launched.
 *
 * @param {number} exitCode what an interrupted run of this command means to its caller
 */
export function stopEverythingOnSignal(exitCode) {
  if (signalHooksSet) return;
  signalHooksSet = true;
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
    process.once(signal, async () => {
      interrupted = true;
      await Promise.all([...running].map(stop));
      process.exit(exitCode);
    });
  }
}

/** @returns {boolean} whether everything is being stopped because of a signal */
export function isInterrupted() {
  return interrupted;
}

/**
 * @param {string} name
 * @returns {string | null} the program's full path
 */
export function findProgram(name) {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      continue;
    }
  }
  return null;
}

/** @param {string} folder */
export function putFirstOnPath(folder) {
  process.env.PATH = [folder, process.env.PATH ?? ""].join(delimiter);
}
