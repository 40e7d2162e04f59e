/**
 * @typedef {object} Options
 * @property {number} [port] 0 for any free one; default 4181
 * @property {string} [issuer] where something stands before this server; default: where it listens
 * @property {number} [demoPort] the port of the page that may use this server; default 4180
 * @property {number} [apiPort] the port of the protected API; default 4182
 * @property {number} [webAppPort] the port of the server-side web app; default 4186
 * @property {string} [database] a file, or ":memory:" (the default)
 * @property {number} [accessTokenTtl] seconds; default 60
 * @property {boolean} [control] whether `/control/*` exists; default false
 * @property {string[]} [extraOrigins] more origins of pages, for tests
 * @property {string[]} [extraRedirectPaths] more paths of redirect URIs, for tests
 * @property {SigningAlgorithm} [idTokenAlgorithm] default RS256
 * @property {SigningAlgorithm} [accessTokenAlgorithm] of the API's JWT access tokens; default ES256
 * @property {"jwt" | "opaque"} [accessTokenFormat] of the API's access tokens; default jwt
 * @property {boolean} [requireDpopNonce] whether every DPoP proof needs a server nonce; default false
 * @property {Partial<import("oidc-provider").ClientMetadata>} [spaMetadata] replaces metadata of
 *   the client `spa`, for tests
 * @property {import("oidc-provider").ClientMetadata[]} [extraClients] more clients, for tests
 */

/** @typedef {"RS256" | "PS256" | "ES256" | "EdDSA"} SigningAlgorithm */

/**
 * @typedef {Required<Options> & { resource: string, origins: string[],
 *   webAppOrigin: string,
 *   redirectUris: string[] }} Settings what the options come down to, once the port is known
 */

const REDIRECT_PATHS = [
  ...["/", "/callback", "/silent.html", "/popup.html"],
  // Those of the examples that share one origin.
  ...["/leptos/", "/leptos/callback", "/yew/", "/yew/callback"],
];

/**
 * @param {Options} options
 * @param {number} port the one that the server listens on
 * @returns {Settings}
 */
export function settingsFor(options, port) {
  const webAppPort = options.webAppPort ?? 4186;
  const demoPort = options.demoPort ?? 4180;
  const apiPort = options.apiPort ?? 4182;
  const extraOrigins = options.extraOrigins ?? [];
  const extraRedirectPaths = options.extraRedirectPaths ?? [];
  const origins = [`http://localhost:${demoPort}`, ...extraOrigins];
  const paths = [...REDIRECT_PATHS, ...extraRedirectPaths];
  return {
    port,
    demoPort,
    apiPort,
    webAppPort,
    webAppOrigin: `http://localhost:${webAppPort}`,
    database: options.database ?? ":memory:",
    accessTokenTtl: options.accessTokenTtl ?? 60,
    control: options.control ?? false,
    extraOrigins,
    extraRedirectPaths,
    idTokenAlgorithm: options.idTokenAlgorithm ?? "RS256",
    accessTokenAlgorithm: options.accessTokenAlgorithm ?? "ES256",
    accessTokenFormat: options.accessTokenFormat ?? "jwt",
    requireDpopNonce: options.requireDpopNonce ?? false,
    spaMetadata: options.spaMetadata ?? {},
    extraClients: options.extraClients ?? [],
    issuer: options.issuer ?? `http://localhost:${port}`,
    resource: `http://localhost:${apiPort}/api`,
    origins,
    redirectUris: origins.flatMap((origin) => paths.map((path) => origin + path)),
  };
}
