import { run, runOrFail } from "./process.mjs";

/** @typedef {import("./process.mjs").Environment} Environment */

const INSTALLED_WITHIN_MS = 90_000;

/** @returns {Promise<string>} the oldest version of Rust that the crates promise to compile with */
async function promisedVersion() {
  const metadata = await runOrFail("cargo", ["metadata", "--no-deps", "--format-version=1"]);
  /** @type {{ packages: { name: string, rust_version: string }[] }} */
  const { packages } = JSON.parse(metadata);
  return packages.find(({ name }) => name === "portcullis")?.rust_version ?? "";
}

/**
 * The toolchain that cargo is called with for that version, which is installed where it is missing.
 *
 * @returns {Promise<string | null>} null where rustup can't have it
 */
export async function oldestToolchain() {
  const version = await promisedVersion();
  const { code } = await run(
    "rustup",
    [
      ...["toolchain", "install", version, "--profile=minimal", "--no-self-update"],
      "--target=wasm32-unknown-unknown",
    ],
    { timeoutMs: INSTALLED_WITHIN_MS },
  );
  return code === 0 ? `+${version}` : null;
}
