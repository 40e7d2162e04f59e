import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { SignJWT, exportJWK, generateKeyPair } from "jose";

/** @typedef {import("jose").JWK} JWK */
/** @typedef {Record<string, unknown>} Claims */
/** @typedef {Record<string, unknown> & { alg?: string }} Header */

/**
 * @typedef {object} SigningKey
 * @property {string} alg
 * @property {JWK} publicJwk as a JWKS publishes it
 * @property {(claims: Claims, header?: Header) => Promise<string>} sign a compact JWT; `header` changes
 *   the honest one, and `undefined` takes a member away
 */

/** The hash of each algorithm, as `at_hash` takes it. */
const HASHES = {
  256: "sha256",
  384: "sha384",
  512: "sha512",
  // Ed25519 hashes with SHA-512.
  EdDSA: "sha512",
};

/**
 * @param {string} alg
 * @param {string} [kid]
 * @returns {Promise<SigningKey>}
 */
export async function generateSigningKey(alg, kid = alg) {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return {
    alg,
    publicJwk: { ...(await exportJWK(publicKey)), kid, alg, use: "sig" },
    sign: (claims, header) => signedBy(privateKey, { alg, kid, ...header }, claims),
  };
}

/**
 * A key that signs as RS256 says, only that it is too short. No careful library makes one.
 *
 * @param {string} kid
 * @returns {SigningKey}
 */
export function generateShortRsaKey(kid) {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 1024 });
  const jwk = /** @type {JWK} */ (publicKey.export({ format: "jwk" }));
  return {
    alg: "RS256",
    publicJwk: { ...jwk, kid, alg: "RS256", use: "sig" },
    sign: async (claims, header) => {
      const input = [{ alg: "RS256", kid, ...header }, claims].map(encodedJson).join(".");
      return `${input}.${sign("sha256", Buffer.from(input), privateKey).toString("base64url")}`;
    },
  };
}

/**
 * An HMAC with what everybody knows for its secret: the public key.
 *
 * @param {SigningKey} key
 * @param {Claims} claims
 */
export function signedWithPublicKeyAsSecret({ publicJwk }, claims) {
  const secret = new TextEncoder().encode(JSON.stringify(publicJwk));
  return signedBy(secret, { alg: "HS256", kid: publicJwk.kid }, claims);
}

/**
 * @param {CryptoKey | Uint8Array} key
 * @param {Header & { alg: string }} header
 * @param {Claims} claims
 */
function signedBy(key, header, claims) {
  return new SignJWT(claims).setProtectedHeader(header).sign(key);
}

/**
 * @param {Claims} claims
 * @param {string} alg how the header spells it
 */
export function unsigned(claims, alg = "none") {
  return `${[{ alg }, claims].map(encodedJson).join(".")}.`;
}

/** @param {unknown} value */
function encodedJson(value) {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

/**
 * `at_hash` of an access token, or `c_hash` of a code.
 *
 * @param {string} alg
 * @param {string} secret
 */
export function leftHalfOfHash(alg, secret) {
  const bits = /** @type {keyof typeof HASHES} */ (alg === "EdDSA" ? alg : alg.slice(-3));
  const digest = createHash(HASHES[bits]).update(secret).digest();
  return digest.subarray(0, digest.length / 2).toString("base64url");
}
