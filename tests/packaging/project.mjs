import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { cache, root } from "../../dev/paths.mjs";
import { runOrFail } from "../../dev/process.mjs";

const NPM_INSTALL = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];

/**
 * Makes a project of an app and its lockfile's packages, and installs the tarball into it as a user
 * does.
 *
 * @param {string} folder where the project is to be
 * @param {{ sources: string[], tarball: string }} of sources: folders of the checkout whose files the
 *   project has, the last one with its package.json and lockfile
 */
export async function makeProject(folder, { sources, tarball }) {
  for (const source of sources) {
    const filter = (/** @type {string} */ path) => basename(path) !== "node_modules";
    cpSync(join(root, source), folder, { recursive: true, filter });
  }
  forgetPackage(folder);
  const modules = await installedModules(folder);
  if (existsSync(modules)) {
    cpSync(modules, join(folder, "node_modules"), { recursive: true, verbatimSymlinks: true });
  }
  await runOrFail("npm", ["install", tarball, "--offline", "--no-save", ...NPM_INSTALL], {
    cwd: folder,
  });
}

/**
 * Takes the built package out of the dependencies of an example, which gets the tarball instead.
 *
 * @param {string} project
 */
function forgetPackage(project) {
  const rewrite = (/** @type {string} */ name, /** @type {(json: any) => void} */ change) => {
    const file = join(project, name);
    const json = JSON.parse(readFileSync(file, "utf8"));
    change(json);
    writeFileSync(file, JSON.stringify(json, null, 2));
  };
  rewrite("package.json", ({ dependencies }) => delete dependencies?.portcullis);
  rewrite("package-lock.json", ({ packages }) => {
    delete packages[""]?.dependencies?.portcullis;
    delete packages["node_modules/portcullis"];
    delete packages["../../pkg"];
  });
}

/**
 * The packages of a project's lockfile, which are installed once for as long as it stays as it is.
 *
 * @param {string} project
 */
async function installedModules(project) {
  const lockfile = readFileSync(join(project, "package-lock.json"));
  const hash = createHash("sha256").update(lockfile).digest("hex").slice(0, 16);
  const kept = join(cache, "packaging", `${basename(project)}-${hash}`);
  if (!existsSync(kept)) await install(project, kept);
  return join(kept, "node_modules");
}

/**
 * @param {string} project
 * @param {string} kept
 */
async function install(project, kept) {
  mkdirSync(join(cache, "packaging"), { recursive: true });
  // Nobody finds it half done, and two at once do no harm.
  const making = mkdtempSync(join(cache, "packaging", "making-"));
  for (const file of ["package.json", "package-lock.json"]) {
    cpSync(join(project, file), join(making, file));
  }
  await runOrFail("npm", ["ci", ...NPM_INSTALL], { cwd: making });
  if (existsSync(kept)) rmSync(making, { recursive: true });
  else renameSync(making, kept);
}
