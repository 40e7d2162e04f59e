import { randomBytes } from "node:crypto";
import { exportJWK, generateKeyPair } from "jose";
import { persistedSecret, replaceSecret } from "./database.mjs";

/** @typedef {import("./database.mjs").Database} Database */
/** @typedef {import("jose").JWK} JWK */

const JWKS = "jwks";

/** @param {string} kty */
async function generate(kty) {
  const algorithm = { RSA: "RS256", EC: "ES256", OKP: "EdDSA" }[kty] ?? "";
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true });
  const jwk = await exportJWK(privateKey);
  // Without `alg`, so that one RSA key serves RS256 and PS256.
  return { ...jwk, kid: `${kty.toLowerCase()}-${randomBytes(6).toString("hex")}`, use: "sig" };
}

/**
 * The signing keys: one RSA key, one EC key, and an Ed25519 key where one is asked for.
 *
 * @param {Database} database
 * @param {string} idTokenAlgorithm
 * @returns {Promise<{ keys: JWK[] }>}
 */
export async function signingKeys(database, idTokenAlgorithm) {
  /** @type {JWK[]} */
  const keys = JSON.parse(await persistedSecret(database, JWKS, () => "[]"));
  const wanted = idTokenAlgorithm === "EdDSA" ? ["RSA", "EC", "OKP"] : ["RSA", "EC"];
  for (const kty of wanted) {
    if (!keys.some((key) => key.kty === kty)) keys.push(await generate(kty));
  }
  replaceSecret(database, JWKS, JSON.stringify(keys));
  return { keys };
}

/**
 * Puts new keys before the old ones, so that the new ones sign.
 *
 * @param {Database} database
 * @param {{ keepOld: boolean, sameKeyIds: boolean }} how
 */
export async function rotateKeys(database, { keepOld, sameKeyIds }) {
  /** @type {JWK[]} */
  const old = JSON.parse(await persistedSecret(database, JWKS, () => "[]"));
  /** @type {JWK[]} */
  const fresh = [];
  for (const kty of new Set(old.map((key) => key.kty))) fresh.push(await generate(String(kty)));
  if (sameKeyIds) {
    for (const key of fresh) key.kid = old.find(({ kty }) => kty === key.kty)?.kid;
  }
  // A key set can't hold two keys of one id.
  const kept = keepOld && !sameKeyIds ? old : [];
  replaceSecret(database, JWKS, JSON.stringify([...fresh, ...kept]));
}

/**
 * @param {Database} database
 * @param {string} name
 * @returns {Promise<Buffer>} 32 bytes that a restart does not change
 */
export async function secretBytes(database, name) {
  const encoded = await persistedSecret(database, name, () =>
    randomBytes(32).toString("base64url"),
  );
  return Buffer.from(encoded, "base64url");
}
