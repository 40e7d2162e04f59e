import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { installDebianPackages } from "./apt.mjs";
import { cache, root } from "./paths.mjs";
import { findProgram, run } from "./process.mjs";
import { Failure } from "./step.mjs";

const REQUIREMENTS = join(root, "dev", "schemathesis_requirements.txt");
const FOLDER = join(cache, "schemathesis");

/** Schemathesis, which asks an API what its OpenAPI description says, and more. */
export const schemathesis = join(FOLDER, "bin", "schemathesis");

/**
 * Installs it, at the versions of the requirements file, into an environment of its own.
 *
 * @param {(what: string) => void} doing
 */
export async function ensureSchemathesis(doing) {
  const wanted = createHash("sha256").update(readFileSync(REQUIREMENTS)).digest("hex");
  const stamp = join(FOLDER, "installed");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return "already there";

  doing("installing");
  rmSync(FOLDER, { recursive: true, force: true });
  await makeEnvironment();
  const pip = join(FOLDER, "bin", "pip");
  const options = ["--quiet", "--disable-pip-version-check", "--only-binary", ":all:"];
  const { code, output } = await run(pip, ["install", ...options, "--requirement", REQUIREMENTS]);
  if (code !== 0) {
    throw new Failure(
      `schemathesis could not be installed; run: ${pip} install -r ${REQUIREMENTS}\n${output.trimEnd()}`,
    );
  }
  writeFileSync(stamp, wanted);
  return "installed";
}

async function makeEnvironment() {
  const make = async () =>
    findProgram("python3") !== null && (await run("python3", ["-m", "venv", FOLDER])).code === 0;
  if (await make()) return;
  // Debian's python3 comes without the means to make an environment.
  await installDebianPackages("Python's venv", ["python3", "python3-venv"]);
  if (!(await make())) throw new Failure(`No Python environment; run: python3 -m venv ${FOLDER}`);
}
