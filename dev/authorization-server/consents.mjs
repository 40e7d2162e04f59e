import { sqliteAdapter } from "./sqlite_adapter.mjs";

/** @typedef {import("./database.mjs").Database} Database */
/** @typedef {import("oidc-provider").Provider} Provider */
/** @typedef {InstanceType<Provider["Grant"]>} Grant */

/**
 * @typedef {object} Permissions what a person allowed a client
 * @property {string} scope
 * @property {string[]} claims
 * @property {Record<string, string>} resources the scope of each
 */

/** As long as a login session at the server. */
const LIFETIME_SECONDS = 30 * 24 * 60 * 60;

/**
 * Remembers what somebody allowed a client, for as long as they stay logged in here: a grant that is
 * revoked, as after the reuse of a refresh token, takes the tokens with it and not the consent.
 */
export class Consents {
  #adapter;

  /** @param {Database} database */
  constructor(database) {
    this.#adapter = sqliteAdapter(database)("Consent");
  }

  /**
   * @param {string} sessionUid
   * @param {Grant} grant
   */
  async remember(sessionUid, grant) {
    const resources = Object.keys(grant.resources ?? {});
    /** @type {Permissions} */
    const permissions = {
      scope: grant.getOIDCScope(),
      claims: grant.getOIDCClaims(),
      resources: Object.fromEntries(
        resources.map((resource) => [resource, grant.getResourceScope(resource)]),
      ),
    };
    const payload = /** @type {import("oidc-provider").AdapterPayload} */ (
      /** @type {unknown} */ (permissions)
    );
    await this.#adapter.upsert(`${sessionUid} ${grant.clientId}`, payload, LIFETIME_SECONDS);
  }

  /**
   * The grant of an authorization request: the one there is, or a new one with the same permissions.
   *
   * @type {NonNullable<import("oidc-provider").Configuration["loadExistingGrant"]>}
   */
  grantFor = async (ctx) => {
    const { client, provider, result, session } = ctx.oidc;
    const { clientId = "" } = client ?? {};
    const grantId = result?.consent?.grantId ?? session?.grantIdFor(clientId);
    const existing = grantId ? await provider.Grant.find(grantId) : undefined;
    if (existing || !session?.accountId) return existing;
    const remembered = await this.#adapter.find(`${session.uid} ${clientId}`);
    if (!remembered) return undefined;
    const { scope, claims, resources } = /** @type {Permissions} */ (
      /** @type {unknown} */ (remembered)
    );
    const grant = new provider.Grant({ accountId: session.accountId, clientId });
    grant.addOIDCScope(scope);
    grant.addOIDCClaims(claims);
    for (const [resource, allowed] of Object.entries(resources)) {
      grant.addResourceScope(resource, allowed);
    }
    await grant.save();
    return grant;
  };
}
