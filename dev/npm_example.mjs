import { readdirSync } from "node:fs";
import { join } from "node:path";
import { root, target } from "./paths.mjs";
import { run, runOrFail } from "./process.mjs";
import { Failure } from "./step.mjs";
import { unlessUnchanged } from "./unchanged.mjs";

/**
 * Installs and builds an example that has a package.json of its own, as far as something changed. The built
 * package has to be in pkg/.
 *
 * @param {string} name its folder in examples/
 * @param {(what: string) => void} doing
 * @returns {Promise<string>} the folder of the built app
 */
export async function buildNpmExample(name, doing) {
  const folder = join("examples", name);
  const built = join(target, "examples", name);
  const installed = ["package.json", "package-lock.json", ".npmrc"].map((file) =>
    join(folder, file),
  );
  await unlessUnchanged(
    `${name}-packages`,
    { inputs: [...installed, "pkg"], outputs: [join(root, folder, "node_modules")] },
    async () => {
      doing("installing");
      await installPackages(folder);
    },
  );
  const sources = readdirSync(join(root, folder)).filter((entry) => entry !== "node_modules");
  await unlessUnchanged(
    name,
    {
      inputs: [...sources.map((entry) => join(folder, entry)), "pkg", "dev/npm_example.mjs"],
      outputs: [join(built, "index.html")],
    },
    async () => {
      doing("building");
      await runOrFail("npm", ["run", "build", "--", "--outDir", built, "--emptyOutDir"], {
        cwd: join(root, folder),
      });
    },
  );
  return built;
}

/** @param {string} folder */
async function installPackages(folder) {
  const { code, output } = await run(
    "npm",
    ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
    { cwd: join(root, folder) },
  );
  if (code !== 0) {
    throw new Failure(
      `The npm packages of ${folder} could not be installed; run: npm ci --prefix ${folder}\n${output.trimEnd()}`,
    );
  }
}
