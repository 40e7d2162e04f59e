import { ProtocolMode, createStandardPublicClientApplication } from "@azure/msal-browser";

/** @type {import("../page.js").Start} */
export async function start({ issuer, clientId, scope, metadata }) {
  // It takes no authority with http, not even on localhost: what it would discover is told instead.
  const { host } = new URL(issuer);
  const client = await createStandardPublicClientApplication({
    auth: {
      clientId,
      authority: `https://${host}/`,
      knownAuthorities: [host],
      authorityMetadata: JSON.stringify(metadata),
      redirectUri: `${location.origin}/callback`,
    },
    cache: { cacheLocation: "localStorage" },
    system: { protocolMode: ProtocolMode.OIDC },
  });
  const answer = await client.handleRedirectPromise({ navigateToLoginRequestUrl: false });
  const account = answer?.account ?? client.getAllAccounts()[0];
  const request = {
    scopes: scope.split(" "),
    account,
    redirectUri: `${location.origin}/silent.html`,
  };
  return {
    authenticated: account !== undefined,
    login: () => client.loginRedirect({ scopes: request.scopes }),
    token: async () => (await client.acquireTokenSilent(request)).accessToken,
    refresh: () => client.acquireTokenSilent({ ...request, forceRefresh: true }),
  };
}
