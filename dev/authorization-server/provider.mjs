import { providerConfiguration } from "./configuration.mjs";
import { Consents } from "./consents.mjs";
import { controlRoutes } from "./control.mjs";
import { faultInjection } from "./faults.mjs";
import { hideFromForeignOrigins } from "./foreign_origins.mjs";
import { interactionRoutes } from "./interactions.mjs";
import { secretBytes, signingKeys } from "./keys.mjs";
import { revokeGrantsAtLogout } from "./logout.mjs";
import { Provider } from "./oidc_provider.mjs";
import { pageSecurity, serveAssets } from "./page.mjs";
import { sqliteAdapter } from "./sqlite_adapter.mjs";

/**
 * oidc-provider with everything around it. All of its state is in the database, so that another
 * one made later carries on where this one stopped.
 *
 * @param {object} parts
 * @param {import("./options.mjs").Settings} parts.settings
 * @param {import("./database.mjs").Database} parts.database
 * @param {import("./faults.mjs").FaultList} parts.faults
 * @param {import("./request_log.mjs").RequestLog} parts.requests
 * @param {(how: { keepOld: boolean, sameKeyIds: boolean }) => Promise<void>} parts.rotate
 */
export async function createProvider({ settings, database, faults, requests, rotate }) {
  const { issuer, origins, webAppOrigin } = settings;
  const consents = new Consents(database);
  const provider = new Provider(
    issuer,
    providerConfiguration({
      settings,
      consents,
      adapter: sqliteAdapter(database),
      jwks: await signingKeys(database, settings.idTokenAlgorithm),
      cookieKey: (await secretBytes(database, "cookie_key")).toString("base64url"),
      dpopNonceSecret: await secretBytes(database, "dpop_nonce_secret"),
    }),
  );
  revokeGrantsAtLogout(provider, database);
  provider.on("server_error", (_ctx, error) => process.stderr.write(`${error.stack}\n`));

  if (settings.control) {
    provider.use(requests.middleware());
    provider.use(faultInjection(faults, origins));
    provider.use(controlRoutes({ settings, faults, requests, database, rotateKeys: rotate }));
  }
  provider.use(hideFromForeignOrigins(origins));
  provider.use(pageSecurity([...origins, webAppOrigin]));
  provider.use(serveAssets);
  provider.use(interactionRoutes(provider, consents));
  return provider;
}
