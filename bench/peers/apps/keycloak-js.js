import Keycloak from "keycloak-js";

/** @type {import("../page.js").Start} */
export async function start({ issuer, clientId, scope }) {
  const keycloak = new Keycloak({ clientId, oidcProvider: issuer });
  const authenticated = await keycloak.init({
    onLoad: "check-sso",
    silentCheckSsoRedirectUri: `${location.origin}/silent.html`,
    silentCheckSsoFallback: false,
    checkLoginIframe: false,
    pkceMethod: "S256",
    scope,
  });
  const token = async (/** @type {number} */ minValidity) => {
    await keycloak.updateToken(minValidity);
    return keycloak.token;
  };
  return {
    authenticated,
    login: () => keycloak.login({ redirectUri: `${location.origin}/callback` }),
    token: () => token(5),
    refresh: () => token(-1),
  };
}
