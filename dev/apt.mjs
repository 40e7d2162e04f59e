import { findProgram, run } from "./process.mjs";
import { Failure } from "./step.mjs";

const APT_ENVIRONMENT = { DEBIAN_FRONTEND: "noninteractive" };

/**
 * Installs Debian packages, or says in one sentence how somebody else can.
 *
 * @param {string} purpose what they are for
 * @param {string[]} packages
 */
export async function installDebianPackages(purpose, packages) {
  const command = `apt-get install ${packages.join(" ")}`;
  if (!findProgram("apt-get")) {
    throw new Failure(
      `${purpose}: this system has no apt-get; install it in your system's way (on Debian: ${command}).`,
    );
  }
  if (process.getuid?.() !== 0) {
    throw new Failure(`${purpose}: installing it needs root; run: sudo ${command}`);
  }
  const install = () =>
    run(
      "apt-get",
      [
        "install",
        "--yes",
        "--no-install-recommends",
        "--no-remove",
        "--option=DPkg::Lock::Timeout=300",
        ...packages,
      ],
      { env: APT_ENVIRONMENT },
    );
  let outcome = await install();
  if (outcome.code !== 0) {
    // The usual cause is a package list that is missing or too old.
    await run("apt-get", ["update"], { env: APT_ENVIRONMENT });
    outcome = await install();
  }
  if (outcome.code !== 0) {
    const reason = outcome.output.trimEnd().split("\n").slice(-3).join("\n");
    throw new Failure(`${purpose}: could not be installed; run: ${command}\n${reason}`);
  }
}
