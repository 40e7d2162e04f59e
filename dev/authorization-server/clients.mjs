const DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code";

/**
 * @param {import("./options.mjs").Settings} settings
 * @returns {import("oidc-provider").ClientMetadata[]}
 */
export function clients(settings) {
  const { redirectUris, idTokenAlgorithm, spaMetadata, extraClients, webAppOrigin } = settings;
  /** @type {Omit<import("oidc-provider").ClientMetadata, "client_id">} */
  const publicClient = {
    token_endpoint_auth_method: "none",
    application_type: "web",
    grant_types: ["authorization_code", "refresh_token", DEVICE_CODE],
    response_types: ["code"],
    redirect_uris: redirectUris,
    post_logout_redirect_uris: redirectUris,
    id_token_signed_response_alg: idTokenAlgorithm,
  };
  return [
    { client_id: "spa", client_name: "Portcullis demo", ...publicClient, ...spaMetadata },
    {
      client_id: "spa-dpop",
      client_name: "Portcullis demo with DPoP",
      ...publicClient,
      dpop_bound_access_tokens: true,
    },
    {
      client_id: "resource-server",
      client_name: "The demo's protected API",
      // Known to everybody, which is enough for a server that holds two invented people.
      client_secret: "resource-server-secret",
      token_endpoint_auth_method: "client_secret_basic",
      grant_types: ["client_credentials"],
      response_types: [],
      redirect_uris: [],
    },
    {
      client_id: "web-app",
      client_name: "Portcullis web app",
      client_secret: "web-app-secret",
      token_endpoint_auth_method: "client_secret_basic",
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      redirect_uris: [`${webAppOrigin}/callback`],
      post_logout_redirect_uris: [`${webAppOrigin}/`],
      id_token_signed_response_alg: idTokenAlgorithm,
    },
    ...extraClients,
  ];
}
