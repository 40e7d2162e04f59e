import { createAuth0Client } from "@auth0/auth0-spa-js";

/** @type {import("../page.js").Start} */
export async function start({ issuer, clientId, scope }) {
  const client = await createAuth0Client({
    domain: issuer.replace(/\/$/, ""),
    clientId,
    cacheLocation: "localstorage",
    useRefreshTokens: true,
    useRefreshTokensFallback: true,
    authorizationParams: { scope, redirect_uri: `${location.origin}/callback` },
  });
  if (location.pathname === "/callback") {
    await client.handleRedirectCallback();
    history.replaceState(null, "", "/");
  }
  return {
    authenticated: await client.isAuthenticated(),
    login: () => client.loginWithRedirect(),
    token: () => client.getTokenSilently(),
    refresh: () => client.getTokenSilently({ cacheMode: "off" }),
  };
}
