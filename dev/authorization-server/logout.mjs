import { revokeGrant } from "./sqlite_adapter.mjs";

/**
 * Makes a logout end the tokens that the login gave, at this server and for every client of the
 * session.
 *
 * @param {import("oidc-provider").Provider} provider
 * @param {import("./database.mjs").Database} database
 */
export function revokeGrantsAtLogout(provider, database) {
  provider.on("end_session.success", (ctx) => {
    if (!ctx.oidc.params?.logout) return;
    for (const { grantId } of Object.values(ctx.oidc.session?.authorizations ?? {})) {
      if (grantId) revokeGrant(database, grantId);
    }
  });
}
