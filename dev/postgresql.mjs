import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installDebianPackages } from "./apt.mjs";
import { freePort } from "./ports.mjs";
import { findProgram, run } from "./process.mjs";
import { Failure } from "./step.mjs";

const DEBIAN_FOLDER = "/usr/lib/postgresql";

/** The folder of PostgreSQL's programs, which Debian keeps off PATH; null where there is none. */
function programs() {
  if (existsSync(DEBIAN_FOLDER)) {
    const [newest] = readdirSync(DEBIAN_FOLDER).sort((a, b) => Number(b) - Number(a));
    const folder = newest && join(DEBIAN_FOLDER, newest, "bin");
    if (folder && existsSync(join(folder, "initdb"))) return folder;
  }
  const initdb = findProgram("initdb");
  return initdb === null ? null : join(initdb, "..");
}

/** @param {(what: string) => void} doing */
export async function ensurePostgresql(doing) {
  if (programs()) return "already there";
  doing("installing");
  await installDebianPackages("PostgreSQL", ["postgresql"]);
  if (!programs()) throw new Failure("PostgreSQL was installed, but its initdb is nowhere.");
  return "installed";
}

/**
 * Starts a PostgreSQL server of its own, which is reached from loopback only.
 *
 * @returns {Promise<{ url: string, stop: () => Promise<void> }>} url: without a database
 */
export async function startPostgresql() {
  const bin = programs();
  if (!bin) throw new Failure("PostgreSQL is not there; npm test installs it.");
  const folder = mkdtempSync(join(tmpdir(), "portcullis-postgresql-"));
  // The server refuses to run as root.
  const asServer = process.getuid?.() === 0 ? ["runuser", "-u", "postgres", "--"] : [];
  if (asServer.length > 0) chmodSync(folder, 0o777);
  const data = join(folder, "data");
  const server = async (/** @type {string} */ name, /** @type {string[]} */ ...args) => {
    const [program, ...rest] = [...asServer, join(bin, name), ...args];
    const { code, output } = await run(program, rest, { cwd: folder });
    if (code !== 0) throw new Failure(`PostgreSQL's ${name} failed:\n${output.trimEnd()}`);
  };
  const port = await freePort();
  const options = [
    `-p ${port}`,
    "-c listen_addresses=127.0.0.1",
    "-c unix_socket_directories=''",
    "-c fsync=off",
  ].join(" ");
  await server(
    "initdb",
    "-D",
    data,
    "-U",
    "portcullis",
    "-A",
    "trust",
    "-E",
    "UTF8",
    "--no-locale",
  );
  await server("pg_ctl", "--pgdata", data, "-w", "-l", join(folder, "log"), "-o", options, "start");
  return {
    url: `postgres://portcullis@127.0.0.1:${port}`,
    async stop() {
      await server("pg_ctl", "--pgdata", data, "-w", "-m", "immediate", "stop");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
