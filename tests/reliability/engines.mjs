import { setTimeout as delay } from "node:timers/promises";
import { Capabilities, WebDriver } from "selenium-webdriver";
// @ts-expect-error the types of the package leave this module out
import { Executor, HttpClient } from "selenium-webdriver/http/index.js";
import {
  chromedriver,
  chromium,
  firefox,
  geckodriver,
  miniBrowser,
  webKitWebDriver,
} from "../../dev/browsers.mjs";
import { toolPrograms } from "../../dev/cargo_tools.mjs";
import { freePort } from "../../dev/ports.mjs";
import { launch, putFirstOnPath, stop } from "../../dev/process.mjs";

/**
 * @typedef {object} Engine a browser engine, and how its driver is started
 * @property {string} name
 * @property {boolean} opensWindows whether a page that WebDriver drives gets a window by window.open
 * @property {() => string[]} driver the command, to which the port is added
 * @property {() => Record<string, unknown>} capabilities
 */

/** @typedef {{ driver: WebDriver, url: string, close: () => Promise<void> }} OpenBrowser */

const READY_WITHIN_MS = 30_000;

/**
 * @param {Record<string, unknown>} [preferences]
 * @returns {Omit<Engine, "name">}
 */
const firefoxWith = (preferences = {}) => ({
  opensWindows: true,
  driver: () => [geckodriver()],
  capabilities: () => ({
    browserName: "firefox",
    "moz:firefoxOptions": { binary: firefox(), args: ["-headless"], prefs: preferences },
  }),
});

/** @type {Record<"chromium" | "firefox" | "privateFirefox" | "webkitgtk", Engine>} */
export const engines = {
  chromium: {
    name: "Chromium",
    opensWindows: true,
    driver: () => [chromedriver()],
    capabilities: () => ({
      browserName: "chrome",
      "goog:chromeOptions": {
        binary: chromium(),
        args: [
          "--headless=new",
          "--no-sandbox",
          "--no-first-run",
          "--disable-gpu",
          "--disable-quic",
          "--disable-background-networking",
          "--disable-component-update",
          "--disable-sync",
        ],
      },
    }),
  },
  firefox: { name: "Firefox", ...firefoxWith() },
  privateFirefox: {
    name: "a private window of Firefox",
    ...firefoxWith({ "browser.privatebrowsing.autostart": true }),
  },
  webkitgtk: {
    name: "WebKitGTK",
    opensWindows: false,
    // Without a display WebKitGTK hangs.
    driver: () => ["xvfb-run", "--auto-servernum", webKitWebDriver()],
    capabilities: () => ({
      browserName: "MiniBrowser",
      "webkitgtk:browserOptions": { binary: miniBrowser(), args: ["--automation"] },
    }),
  },
};

/**
 * Starts a driver and a browser in a fresh profile.
 *
 * @param {Engine} engine
 * @returns {Promise<OpenBrowser>}
 */
export async function openBrowser({ name, driver, capabilities }) {
  putFirstOnPath(toolPrograms);
  const port = await freePort();
  const [program, ...args] = driver();
  const child = launch(program, [...args, `--port=${port}`], { stdio: "ignore" });
  const url = `http://127.0.0.1:${port}`;
  try {
    await untilReady(name, `${url}/status`);
    const executor = new Executor(new HttpClient(url));
    const session = WebDriver.createSession(executor, new Capabilities(capabilities()));
    await session.getSession();
    return {
      driver: session,
      url,
      close: async () => {
        await session.quit();
        await stop(child);
      },
    };
  } catch (error) {
    await stop(child);
    throw error;
  }
}

/**
 * @param {string} name
 * @param {string} url
 */
async function untilReady(name, url) {
  const deadline = performance.now() + READY_WITHIN_MS;
  for (;;) {
    const answer = await fetch(url).catch(() => null);
    if (answer?.ok) return;
    if (performance.now() > deadline) throw new Error(`the driver of ${name} did not start`);
    await delay(50);
  }
}
