import { createHash } from "node:crypto";
import { calculateJwkThumbprint, decodeProtectedHeader, EmbeddedJWK, jwtVerify } from "jose";

/** @typedef {import("node:http").IncomingMessage} IncomingMessage */

/**
 * @typedef {object} Proof
 * @property {string} jkt the thumbprint of the key that made it
 * @property {import("jose").JWTPayload & { nonce?: string }} claims
 */

/** Checks DPoP proofs as a server has to (RFC 9449, section 4.3), and remembers the good ones. */
export class Proofs {
  /** @type {Proof[]} */
  accepted = [];

  /**
   * @param {IncomingMessage} request
   * @param {string} issuer the server that the request came to
   * @param {string} [accessToken] what the proof has to go with
   * @returns {Promise<Proof>}
   */
  async check(request, issuer, accessToken) {
    const header = request.headers.dpop;
    if (typeof header !== "string") throw new Error("there is no single proof");
    const { payload: claims } = await jwtVerify(header, EmbeddedJWK, {
      typ: "dpop+jwt",
      algorithms: ["ES256"],
      maxTokenAge: "1 minute",
    });
    const url = new URL(request.url ?? "/", issuer);
    expect(claims.htm === request.method, "htm");
    expect(claims.htu === url.origin + url.pathname, "htu");
    expect(typeof claims.jti === "string" && claims.jti.length >= 16, "jti");
    expect(!this.accepted.some((other) => other.claims.jti === claims.jti), "jti is used twice");
    const ath = accessToken && createHash("sha256").update(accessToken).digest("base64url");
    expect(claims.ath === ath, "ath");
    const { jwk } = decodeProtectedHeader(header);
    expect(jwk !== undefined && !("d" in jwk), "jwk");
    const proof = { jkt: await calculateJwkThumbprint(/** @type {any} */ (jwk)), claims };
    this.accepted.push(proof);
    return proof;
  }

  forget() {
    this.accepted = [];
  }
}

/**
 * @param {boolean} holds
 * @param {string} what
 */
function expect(holds, what) {
  if (!holds) throw new Error(`the proof is wrong: ${what}`);
}
