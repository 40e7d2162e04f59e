import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  chromedriver,
  chromium,
  firefox,
  geckodriver,
  miniBrowser,
  webKitWebDriver,
} from "./browsers.mjs";
import { root, target } from "./paths.mjs";
import { freePort } from "./ports.mjs";
import { run } from "./process.mjs";
import { Failure } from "./step.mjs";
import { occupyThreads } from "./test_page_server.mjs";

/** @typedef {import("./process.mjs").Environment} Environment */
/** @typedef {{ passed: number, failed: number }} Count */

const LIMIT_MS = 30 * 60_000;
const FILE_LIMIT_MS = 10 * 60_000;
const FAILED = { passed: 0, failed: 1 };

/**
 * A command that is itself one test.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {Environment} [env]
 * @returns {Promise<Count>}
 */
export async function check(program, args, env = {}) {
  const { code } = await run(program, args, { env, echo: true, timeoutMs: LIMIT_MS });
  return code === 0 ? { passed: 1, failed: 0 } : FAILED;
}

/**
 * A comparison that is itself one test.
 *
 * @param {() => void | Promise<void>} compare fails, with a sentence, where something is not as it should be
 * @returns {Promise<Count>}
 */
export async function comparison(compare) {
  try {
    await compare();
    return { passed: 1, failed: 0 };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    console.log(error.message);
    return FAILED;
  }
}

/**
 * @param {string[]} args what `cargo test` is to test
 * @param {Environment} [env]
 * @returns {Promise<Count>}
 */
export async function cargoTests(args, env = {}) {
  const outcome = await run("cargo", ["test", "--no-fail-fast", ...args], {
    env,
    echo: true,
    timeoutMs: LIMIT_MS,
  });
  return countSummaries(outcome);
}

/** @typedef {"chrome" | "firefox" | "webkitgtk"} WasmBrowser */

/**
 * A crate's tests that are called "browser", in a headless browser.
 *
 * @param {WasmBrowser} browser
 * @param {Environment} wasm
 * @param {string} [crate] its folder
 * @returns {Promise<Count>}
 */
export async function browserTests(browser, wasm, crate = ".") {
  const drivers = {
    chrome: ["--chrome", "--chromedriver", chromedriver()],
    firefox: ["--firefox", "--geckodriver", geckodriver()],
    webkitgtk: ["--safari", "--safaridriver", webKitWebDriver()],
  };
  // Without a display WebKitGTK hangs.
  const display = browser === "webkitgtk" ? ["xvfb-run", "--auto-servernum"] : [];
  const [program, ...args] = [...display, "wasm-pack", "test", "--headless", ...drivers[browser]];
  const port = await freePort();
  const ended = new AbortController();
  const occupied = occupyThreads(port, ended.signal);
  const outcome = await run(
    program,
    [...args, "--mode", "no-install", crate, "--test", "browser"],
    {
      env: {
        ...wasm,
        WASM_BINDGEN_TEST_WEBDRIVER_JSON: writeCapabilities(browser),
        WASM_BINDGEN_TEST_ADDRESS: `127.0.0.1:${port}`,
        WASM_BINDGEN_TEST_TIMEOUT: "300",
      },
      echo: true,
      timeoutMs: LIMIT_MS,
    },
  );
  ended.abort();
  await occupied;
  return countSummaries(outcome);
}

/**
 * @param {WasmBrowser} browser
 * @returns {string} the file that tells the test runner which browser to start, and how
 */
function writeCapabilities(browser) {
  const capabilities = {
    chrome: {
      "goog:chromeOptions": {
        binary: chromium(),
        args: [
          "disable-gpu",
          "disable-quic",
          "no-first-run",
          "disable-background-networking",
          "disable-component-update",
          "disable-sync",
        ],
      },
    },
    firefox: { "moz:firefoxOptions": { binary: firefox() } },
    webkitgtk: {
      "webkitgtk:browserOptions": { binary: miniBrowser(), args: ["--automation"] },
    },
  };
  const file = join(target, `webdriver-${browser}.json`);
  mkdirSync(target, { recursive: true });
  writeFileSync(file, JSON.stringify(capabilities[browser]));
  return file;
}

/**
 * Adds up the "test result" lines that Rust's test runners end with.
 *
 * @param {import("./process.mjs").Outcome} outcome
 * @returns {Count}
 */
function countSummaries({ code, output }) {
  const count = { passed: 0, failed: 0 };
  for (const [, passed, failed] of output.matchAll(
    /^test result: .*?(\d+) passed; (\d+) failed/gm,
  )) {
    count.passed += Number(passed);
    count.failed += Number(failed);
  }
  return checked(count, code);
}

/**
 * @param {string[]} folders those whose *.test.mjs files are to run
 * @param {{ concurrency: number, env?: Environment, limitMs?: number, fileLimitMs?: number }} options
 *   limitMs: for all of them; fileLimitMs: after which one file counts as failed and the next begins
 * @returns {Promise<Count>}
 */
export async function nodeTests(
  folders,
  { concurrency, env = {}, limitMs = LIMIT_MS, fileLimitMs = FILE_LIMIT_MS },
) {
  const files = folders.flatMap(testFiles);
  if (files.length === 0) {
    console.log(`There is no *.test.mjs in ${folders.join(" or ")}.`);
    return FAILED;
  }
  const counts = join(target, "node-test-counts.json");
  mkdirSync(target, { recursive: true });
  rmSync(counts, { force: true });
  const { code } = await run(
    process.execPath,
    [
      "--test",
      `--test-concurrency=${concurrency}`,
      `--test-timeout=${fileLimitMs}`,
      ...["--test-reporter=spec", "--test-reporter-destination=stdout"],
      ...["--test-reporter=./dev/count_reporter.mjs", `--test-reporter-destination=${counts}`],
      ...files,
    ],
    { env, echo: true, timeoutMs: limitMs },
  );
  const counted = existsSync(counts) && readFileSync(counts, "utf8");
  return counted ? checked(JSON.parse(counted), code) : FAILED;
}

/**
 * @param {string} folder
 * @returns {string[]}
 */
function testFiles(folder) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? testFiles(path) : [path];
    })
    .filter((path) => path.endsWith(".test.mjs"));
}

/**
 * No test run, or an exit code that the counts don't explain, is a failure too.
 *
 * @param {Count} count
 * @param {number} code
 * @returns {Count}
 */
function checked(count, code) {
  const ranNothing = count.passed + count.failed === 0;
  const unexplained = code !== 0 && count.failed === 0;
  return ranNothing || unexplained ? { ...count, failed: count.failed + 1 } : count;
}
