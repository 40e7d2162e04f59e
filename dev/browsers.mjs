import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { installDebianPackages } from "./apt.mjs";
import { findProgram } from "./process.mjs";

/**
 * @param {string | undefined} chosen
 * @param {string[]} names
 */
function find(chosen, names) {
  return chosen ?? names.map(findProgram).find((path) => path !== null) ?? null;
}

function findChromium() {
  return {
    browser: find(process.env.CHROME, ["chromium", "chromium-browser", "google-chrome"]),
    driver: find(process.env.CHROMEDRIVER, ["chromedriver"]),
  };
}

function findFirefox() {
  return find(process.env.FIREFOX, ["firefox", "firefox-esr"]);
}

function findWebKitGtk() {
  return {
    browser: process.env.WEBKITGTK ?? findMiniBrowser(),
    driver: find(process.env.WEBKITWEBDRIVER, ["WebKitWebDriver"]),
    display: findProgram("xvfb-run"),
  };
}

/** Debian keeps WebKitGTK's browser beside the library, in a folder named after both their versions. */
function findMiniBrowser() {
  const libraries = `/usr/lib/${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu`;
  if (!existsSync(libraries)) return null;
  const found = readdirSync(libraries)
    .filter((name) => name.startsWith("webkit2gtk-"))
    .map((name) => join(libraries, name, "MiniBrowser"))
    .filter((path) => existsSync(path));
  return found.at(-1) ?? null;
}

/** @returns {string} the Chromium that tests drive; only its name where none was found */
export function chromium() {
  return findChromium().browser ?? "chromium";
}

/** How tests start Chromium, which asks nobody but the servers under test for anything. */
export function chromiumLaunch() {
  return {
    executablePath: chromium(),
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  };
}

/** @returns {string} */
export function chromedriver() {
  return findChromium().driver ?? "chromedriver";
}

/** @returns {string} the Firefox that tests drive; only its name where none was found */
export function firefox() {
  return findFirefox() ?? "firefox";
}

/** @returns {string} */
export function geckodriver() {
  return find(process.env.GECKODRIVER, ["geckodriver"]) ?? "geckodriver";
}

/** @returns {string} the browser of WebKitGTK; only its name where none was found */
export function miniBrowser() {
  return findWebKitGtk().browser ?? "MiniBrowser";
}

/** @returns {string} */
export function webKitWebDriver() {
  return findWebKitGtk().driver ?? "WebKitWebDriver";
}

/**
 * Chromium and its driver: those of the variables CHROME and CHROMEDRIVER, or on PATH, or Debian's.
 *
 * @param {(what: string) => void} doing
 */
export async function ensureChromium(doing) {
  const found = findChromium();
  if (found.browser && found.driver) return "already there";
  doing("installing Debian's packages");
  await installDebianPackages("Chromium", ["chromium", "chromium-driver"]);
  return "installed";
}

/**
 * Firefox: the one of the variable FIREFOX, or on PATH, or Debian's. Its driver is a cargo tool.
 *
 * @param {(what: string) => void} doing
 */
export async function ensureFirefox(doing) {
  if (findFirefox()) return "already there";
  doing("installing Debian's package");
  await installDebianPackages("Firefox", ["firefox-esr"]);
  return "installed";
}

/**
 * WebKitGTK, its driver and a display for it: those of the variables WEBKITGTK and WEBKITWEBDRIVER,
 * or where Debian has them.
 *
 * @param {(what: string) => void} doing
 */
export async function ensureWebKitGtk(doing) {
  const { browser, driver, display } = findWebKitGtk();
  if (browser && driver && display) return "already there";
  doing("installing Debian's packages");
  await installDebianPackages("WebKitGTK", ["webkit2gtk-driver", "xvfb", "xauth"]);
  return "installed";
}
