import { mkdirSync, rmdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import sqlite from "node-sqlite3-wasm";

const STALE_LOCK_MS = 1000;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS entities (
    model TEXT NOT NULL,
    id TEXT NOT NULL,
    payload TEXT NOT NULL,
    grant_id TEXT,
    uid TEXT,
    user_code TEXT,
    expires_at INTEGER,
    PRIMARY KEY (model, id)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS entities_by_grant ON entities (grant_id);
  CREATE INDEX IF NOT EXISTS entities_by_uid ON entities (model, uid);
  CREATE INDEX IF NOT EXISTS entities_by_user_code ON entities (model, user_code);
  CREATE INDEX IF NOT EXISTS entities_by_expiry ON entities (expires_at);
  CREATE TABLE IF NOT EXISTS secrets (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
`;

/** @typedef {InstanceType<typeof sqlite.Database>} Database */

/**
 * Opens the file that holds all state of the server, or a database in memory for ":memory:".
 *
 * @param {string} file
 * @returns {Promise<Database>}
 */
export async function openDatabase(file) {
  if (file !== ":memory:") {
    mkdirSync(dirname(file), { recursive: true });
    await removeStaleLock(`${file}.lock`);
  }
  const database = new sqlite.Database(file);
  // What is lost with the machine's power is of no worth here; a killed process loses nothing.
  database.exec(`PRAGMA synchronous = OFF; ${SCHEMA}`);
  return database;
}

/**
 * The lock is a folder held for the milliseconds of one transaction. A process that was killed
 * inside one leaves it behind; a folder of more than a second's age has no owner any more.
 *
 * @param {string} folder
 */
async function removeStaleLock(folder) {
  for (;;) {
    const lock = statSync(folder, { throwIfNoEntry: false });
    if (!lock) return;
    const age = Date.now() - lock.mtimeMs;
    if (age > STALE_LOCK_MS) {
      rmdirSync(folder);
      return;
    }
    await wait(STALE_LOCK_MS - age + 1);
  }
}

/**
 * Reads a value that must be the same after a restart, or makes it the first time.
 *
 * @param {Database} database
 * @param {string} name
 * @param {() => string | Promise<string>} make
 * @returns {Promise<string>}
 */
export async function persistedSecret(database, name, make) {
  const row = database.get("SELECT value FROM secrets WHERE name = ?", [name]);
  if (row) return String(row.value);
  const value = await make();
  replaceSecret(database, name, value);
  return value;
}

/**
 * @param {Database} database
 * @param {string} name
 * @param {string} value
 */
export function replaceSecret(database, name, value) {
  database.run("INSERT OR REPLACE INTO secrets (name, value) VALUES (?, ?)", [name, value]);
}
