import * as oauth from "oauth4webapi";

/** @type {oauth.TokenEndpointRequestOptions} */
const onLocalhost = { [oauth.allowInsecureRequests]: true };
const SESSION = "session";
const LOGIN = "login";

/**
 * It has functions for requests and answers; what lies between them, this app does in the shortest way.
 *
 * @type {import("../page.js").Start}
 */
export async function start({ issuer, clientId, scope }) {
  const client = { client_id: clientId };
  const redirectUri = `${location.origin}/callback`;
  /** @type {Promise<oauth.AuthorizationServer> | undefined} */
  let discovering;
  const server = () => (discovering ??= discover(new URL(issuer)));
  /** @type {{ idToken: string, refreshToken: string } | null} */
  let session = JSON.parse(localStorage.getItem(SESSION) ?? "null");
  let token = "";
  let expiresAt = 0;

  /** @param {oauth.TokenEndpointResponse} answer */
  const keep = ({ access_token, expires_in = 0, refresh_token, id_token }) => {
    token = access_token;
    expiresAt = Date.now() + expires_in * 1000;
    session = {
      idToken: id_token ?? session?.idToken ?? "",
      refreshToken: refresh_token ?? session?.refreshToken ?? "",
    };
    localStorage.setItem(SESSION, JSON.stringify(session));
  };

  const finishLogin = async () => {
    const as = await server();
    const { state, nonce, verifier } = JSON.parse(sessionStorage.getItem(LOGIN) ?? "{}");
    const answer = oauth.validateAuthResponse(as, client, new URL(location.href), state);
    const none = oauth.None();
    const response = await oauth.authorizationCodeGrantRequest(
      ...[as, client, none, answer, redirectUri, verifier, onLocalhost],
    );
    const checks = { expectedNonce: nonce, requireIdToken: true };
    const tokens = await oauth.processAuthorizationCodeResponse(as, client, response, checks);
    await oauth.validateApplicationLevelSignature(as, response, onLocalhost);
    keep(tokens);
    sessionStorage.removeItem(LOGIN);
    history.replaceState(null, "", "/");
  };

  const refresh = async () => {
    const as = await server();
    const refreshToken = session?.refreshToken ?? "";
    const response = await oauth.refreshTokenGrantRequest(
      ...[as, client, oauth.None(), refreshToken, onLocalhost],
    );
    const tokens = await oauth.processRefreshTokenResponse(as, client, response);
    keep(tokens);
  };

  const login = async () => {
    const verifier = oauth.generateRandomCodeVerifier();
    const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()];
    sessionStorage.setItem(LOGIN, JSON.stringify({ state, nonce, verifier }));
    const { authorization_endpoint } = await server();
    const url = new URL(authorization_endpoint ?? "");
    url.search = new URLSearchParams({
      response_type: "code",
      client_id: clientId,
      redirect_uri: redirectUri,
      scope,
      state,
      nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
    }).toString();
    location.assign(url);
  };

  if (location.pathname === "/callback") await finishLogin();
  return {
    authenticated: session !== null,
    login,
    token: async () => {
      if (Date.now() >= expiresAt) await refresh();
      return token;
    },
    refresh,
  };
}

/** @param {URL} issuer */
async function discover(issuer) {
  const response = await oauth.discoveryRequest(issuer, onLocalhost);
  return oauth.processDiscoveryResponse(issuer, response);
}
