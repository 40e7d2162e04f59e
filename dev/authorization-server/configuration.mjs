import { clients } from "./clients.mjs";
import { endpointPaths } from "./endpoints.mjs";
import { errors } from "./oidc_provider.mjs";
import * as pages from "./provider_pages.mjs";
import { apiScopes, serviceScopes } from "./scopes.mjs";
import { findAccount } from "./users.mjs";

const MINUTE = 60;
const DAY = 24 * 60 * MINUTE;

/**
 * @param {object} parts
 * @param {import("./options.mjs").Settings} parts.settings
 * @param {import("./consents.mjs").Consents} parts.consents
 * @param {import("oidc-provider").AdapterFactory} parts.adapter
 * @param {{ keys: import("jose").JWK[] }} parts.jwks
 * @param {string} parts.cookieKey
 * @param {Buffer} parts.dpopNonceSecret
 * @returns {import("oidc-provider").Configuration}
 */
export function providerConfiguration({
  settings,
  consents,
  adapter,
  jwks,
  cookieKey,
  dpopNonceSecret,
}) {
  return {
    adapter,
    jwks: /** @type {import("oidc-provider").JWKS} */ (jwks),
    clients: clients(settings),
    clientAuthMethods: ["none", "client_secret_basic", "client_secret_post", "private_key_jwt"],
    clientBasedCORS: (_ctx, origin) => settings.origins.includes(origin),
    cookies: { keys: [cookieKey] },
    routes: endpointPaths,
    responseTypes: ["code"],
    pkce: { required: () => true },
    findAccount,
    loadExistingGrant: consents.grantFor,
    claims: {
      openid: ["sub"],
      profile: ["name", "preferred_username"],
      email: ["email", "email_verified"],
    },
    // The demo shows who is logged in from the ID token alone, without a request to UserInfo.
    conformIdTokenClaims: false,
    extraTokenClaims: timeOfLogin,
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    renderError: pages.renderError,
    ...refreshTokenPolicy,
    ttl: {
      AccessToken: () => settings.accessTokenTtl,
      AuthorizationCode: MINUTE,
      DeviceCode: 10 * MINUTE,
      IdToken: 60 * MINUTE,
      Interaction: 60 * MINUTE,
      Grant: 30 * DAY,
      Session: 30 * DAY,
      // Rotation does not lengthen the life of a chain of refresh tokens (RFC 10017).
      RefreshToken: (ctx) => ctx.oidc?.entities.RotatedRefreshToken?.remainingTTL ?? 14 * DAY,
    },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      deviceFlow: { enabled: true, ...pages.deviceFlowPages },
      dPoP: {
        enabled: true,
        nonceSecret: dpopNonceSecret,
        requireNonce: () => settings.requireDpopNonce,
      },
      introspection: {
        enabled: true,
        allowedPolicy: (_ctx, client) => client.clientId === "resource-server",
      },
      jwtUserinfo: { enabled: true },
      pushedAuthorizationRequests: { enabled: true },
      resourceIndicators: resourceIndicators(settings),
      revocation: {
        enabled: true,
        allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId,
      },
      rpInitiatedLogout: { enabled: true, ...pages.logoutPages },
    },
  };
}

/**
 * A refresh token goes to every client that may use one, without `prompt=consent`, and lives until
 * it expires, is revoked or used twice, or the person logs out (see logout.mjs); the mere end of
 * the login session at this server leaves it alive.
 *
 * @type {import("oidc-provider").Configuration}
 */
const refreshTokenPolicy = {
  issueRefreshToken: (_ctx, client) => client.grantTypeAllowed("refresh_token"),
  rotateRefreshToken: true,
  expiresWithSession: () => false,
  // A client that revokes its tokens does not take back what the person consented to.
  revokeGrantPolicy: (ctx) => ctx.oidc.route !== "revocation",
};

/**
 * When the person logged in, for APIs that want a recent login (RFC 9470). A service never does.
 *
 * @param {import("oidc-provider").KoaContextWithOIDC} ctx
 */
function timeOfLogin(ctx) {
  const { AuthorizationCode, DeviceCode, RefreshToken } = ctx.oidc.entities;
  const authTime = (RefreshToken ?? AuthorizationCode ?? DeviceCode)?.authTime;
  return authTime === undefined ? undefined : { auth_time: authTime };
}

/** @param {import("oidc-provider").Client} client */
const isService = (client) => client.grantTypeAllowed("client_credentials");

/**
 * A token request with `resource` gets a token for that API, as a rule a JWT; one without gets an opaque token for
 * UserInfo, also when a resource was granted.
 *
 * @param {import("./options.mjs").Settings} settings
 */
function resourceIndicators(settings) {
  const { resource, accessTokenAlgorithm } = settings;
  return {
    enabled: true,
    useGrantedResource: () => false,
    /**
     * @param {unknown} _ctx
     * @param {string} indicator
     * @param {import("oidc-provider").Client} client
     * @returns {import("oidc-provider").ResourceServer}
     */
    getResourceServerInfo: (_ctx, indicator, client) => {
      if (indicator !== resource) throw new errors.InvalidTarget();
      return {
        audience: resource,
        scope: [...apiScopes, ...(isService(client) ? serviceScopes : [])].join(" "),
        accessTokenTTL: settings.accessTokenTtl,
        accessTokenFormat: settings.accessTokenFormat,
        jwt: { sign: { alg: accessTokenAlgorithm } },
      };
    },
  };
}
