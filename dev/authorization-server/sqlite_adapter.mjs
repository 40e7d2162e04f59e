import { errors } from "./oidc_provider.mjs";

/** @typedef {import("./database.mjs").Database} Database */
/** @typedef {import("oidc-provider").AdapterPayload} AdapterPayload */

/** The models of one grant that die together when the grant is revoked. */
const GRANT_MEMBERS = "('AccessToken', 'AuthorizationCode', 'RefreshToken', 'DeviceCode')";

const now = () => Math.floor(Date.now() / 1000);

/**
 * oidc-provider's storage interface over SQLite. Every statement runs to its end before the event
 * loop goes on, so what one method does is atomic.
 *
 * @param {Database} database
 * @returns {import("oidc-provider").AdapterFactory}
 */
export function sqliteAdapter(database) {
  return (model) => ({
    async upsert(id, payload, expiresIn) {
      database.run(
        `INSERT OR REPLACE INTO entities (model, id, payload, grant_id, uid, user_code, expires_at)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
        [
          model,
          id,
          JSON.stringify(payload),
          payload.grantId ?? null,
          payload.uid ?? null,
          payload.userCode ?? null,
          expiresIn === undefined ? null : now() + expiresIn,
        ],
      );
    },
    async find(id) {
      return findWhere(database, model, "id", id);
    },
    async findByUid(uid) {
      return findWhere(database, model, "uid", uid);
    },
    async findByUserCode(userCode) {
      return findWhere(database, model, "user_code", userCode);
    },
    async consume(id) {
      const { changes } = database.run(
        `UPDATE entities SET payload = json_set(payload, '$.consumed', ?)
         WHERE model = ? AND id = ? AND payload ->> '$.consumed' IS NULL`,
        [now(), model, id],
      );
      if (changes === 0) refuseSecondUse(database, model, id);
    },
    async destroy(id) {
      database.run("DELETE FROM entities WHERE model = ? AND id = ?", [model, id]);
    },
    async revokeByGrantId(grantId) {
      database.run("DELETE FROM entities WHERE model = ? AND grant_id = ?", [model, grantId]);
    },
  });
}

/**
 * @param {Database} database
 * @param {string} model
 * @param {"id" | "uid" | "user_code"} column
 * @param {string} value
 * @returns {AdapterPayload | undefined}
 */
function findWhere(database, model, column, value) {
  const row = database.get(
    `SELECT payload FROM entities
     WHERE model = ? AND ${column} = ? AND (expires_at IS NULL OR expires_at > ?)`,
    [model, value, now()],
  );
  return row ? JSON.parse(String(row.payload)) : undefined;
}

/**
 * Two requests with one refresh token or code can both have read it as unused before either of
 * them marks it used. The second one to get here is a reuse like any other.
 *
 * @param {Database} database
 * @param {string} model
 * @param {string} id
 */
function refuseSecondUse(database, model, id) {
  const row = database.get("SELECT grant_id FROM entities WHERE model = ? AND id = ?", [model, id]);
  if (row?.grant_id) revokeGrant(database, String(row.grant_id));
  throw new errors.InvalidGrant("already used");
}

/**
 * Ends a grant with all its tokens, including the user's consent.
 *
 * @param {Database} database
 * @param {string} grantId
 */
export function revokeGrant(database, grantId) {
  database.run(`DELETE FROM entities WHERE grant_id = ? AND model IN ${GRANT_MEMBERS}`, [grantId]);
  database.run("DELETE FROM entities WHERE model = 'Grant' AND id = ?", [grantId]);
}

/**
 * Ends every token of one user or of all users, but keeps the consent they gave.
 *
 * @param {Database} database
 * @param {string} [sub]
 * @returns {number} how many tokens and codes there were
 */
export function revokeTokens(database, sub) {
  const { changes } = database.run(
    `DELETE FROM entities WHERE model IN ${GRANT_MEMBERS}
     AND (?1 IS NULL OR payload ->> '$.accountId' = ?1)`,
    [sub ?? null],
  );
  return changes;
}

/**
 * Ends every login session at this server; tokens already given out live on.
 *
 * @param {Database} database
 * @returns {number} how many there were
 */
export function endSessions(database) {
  return database.run("DELETE FROM entities WHERE model IN ('Session', 'Interaction')").changes;
}

/** @param {Database} database */
export function sweepExpired(database) {
  database.run("DELETE FROM entities WHERE expires_at <= ?", [now()]);
}
