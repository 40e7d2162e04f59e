import { oidcEarlyInit } from "oidc-spa/entrypoint";

oidcEarlyInit({ BASE_URL: "/" });

/** @type {import("../page.js").Start} */
export async function start({ issuer, clientId, scope }) {
  // As its documentation wants it: only the early part is in the first script.
  const { createOidc } = await import("oidc-spa/core");
  const oidc = await createOidc({
    issuerUri: issuer,
    clientId,
    scopes: scope.split(" "),
    // It takes a server on another port of localhost for a third party, which it is not for browsers.
    sessionRestorationMethod: "iframe",
  });
  return {
    authenticated: oidc.isUserLoggedIn,
    login: () => oidc.login({ redirectUrl: "/" }),
    token: async () => (await oidc.getTokens()).accessToken,
    refresh: () => oidc.renewTokens(),
  };
}
