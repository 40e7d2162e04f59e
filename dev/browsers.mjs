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
