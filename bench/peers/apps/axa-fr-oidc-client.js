import { OidcClient, OidcLocation } from "@axa-fr/oidc-client";

/** @type {import("../page.js").Start} */
export async function start({ issuer, clientId, scope }) {
  const client = OidcClient.getOrCreate(
    () => fetch,
    new OidcLocation(),
  )({
    client_id: clientId,
    authority: issuer,
    scope,
    redirect_uri: `${location.origin}/callback`,
    silent_redirect_uri: `${location.origin}/silent.html`,
    storage: localStorage,
    login_state_storage: localStorage,
  });
  if (location.pathname === "/callback") {
    await client.loginCallbackAsync();
    history.replaceState(null, "", "/");
  } else {
    await client.tryKeepExistingSessionAsync();
  }
  return {
    authenticated: Boolean(client.tokens),
    login: () => client.loginAsync("/"),
    token: async () => (await client.getValidTokenAsync()).tokens.accessToken,
    refresh: () => client.renewTokensAsync(),
  };
}
