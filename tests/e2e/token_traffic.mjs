/** @typedef {import("playwright-core").BrowserContext} BrowserContext */

/**
 * @typedef {object} TokenRequest
 * @property {string | null} grantType
 * @property {string | null} code
 * @property {string | null} codeVerifier
 * @property {string | null} refreshToken
 */

/**
 * What a browser and the token endpoint say to each other. It is heard in between: a browser may
 * forget what was answered before a test has asked for it.
 */
export class TokenTraffic {
  /** @type {TokenRequest[]} */
  requests = [];
  /** @type {Record<string, string>[]} */
  answers = [];

  /**
   * @param {BrowserContext} context
   * @param {string} issuer
   */
  static async listen(context, issuer) {
    const traffic = new TokenTraffic();
    await context.route(`${issuer}/token`, async (route) => {
      traffic.#hearRequest(route.request());
      try {
        const response = await route.fetch();
        if (response.ok()) traffic.answers.push(await response.json());
        await route.fulfill({ response });
      } catch {
        await route.abort();
      }
    });
    return traffic;
  }

  /** @param {import("playwright-core").Request} request */
  #hearRequest(request) {
    const form = new URLSearchParams(request.postData() ?? "");
    this.requests.push({
      grantType: form.get("grant_type"),
      code: form.get("code"),
      codeVerifier: form.get("code_verifier"),
      refreshToken: form.get("refresh_token"),
    });
  }

  /** Everything that went over the wire and is nobody else's business. */
  secrets() {
    const received = this.answers.flatMap((answer) => [
      answer.access_token,
      answer.refresh_token,
      answer.id_token,
    ]);
    const sent = this.requests.flatMap(({ code, codeVerifier, refreshToken }) => [
      code,
      codeVerifier,
      refreshToken,
    ]);
    return [...new Set([...sent, ...received].filter((secret) => typeof secret === "string"))];
  }
}

/**
 * Sends a refresh token as somebody would who has stolen it.
 *
 * @param {string} issuer
 * @param {string} refreshToken
 * @returns {Promise<string | undefined>} the server's error, if it is one
 */
export async function tokenEndpointSays(issuer, refreshToken) {
  const response = await fetch(`${issuer}/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "refresh_token",
      client_id: "spa",
      refresh_token: refreshToken,
    }),
  });
  return (await response.json()).error;
}
