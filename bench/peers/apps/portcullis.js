import { createClient } from "portcullis";

/** @type {import("../page.js").Start} */
export async function start({ issuer, clientId, scope }) {
  const client = await createClient({
    issuer,
    clientId,
    scope,
    redirectUri: "/callback",
    dpop: "off",
  });
  return {
    authenticated: client.state.status === "authenticated",
    login: () => client.loginWithRedirect(),
    // Nobody is logged in: its answer is an error.
    whole: () => client.getAccessToken().catch(() => {}),
    token: () => client.getAccessToken(),
    refresh: () => client.refresh(),
  };
}
