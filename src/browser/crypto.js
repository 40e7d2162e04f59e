// `SubtleCrypto`: signatures are checked and records sealed by the browser itself.

/** @typedef {import("./database.js").Database} Database */

/** The name that the sealing key is stored under. */
const SEALING_KEY = "sealing";
const AES_GCM = { name: "AES-GCM", length: 256 };
/** The length of an AES-GCM initialisation vector, in bytes. */
const IV_BYTES = 12;

/**
 * A key pair as it is stored: the half that nobody can read, and the other one as a JSON Web Key.
 *
 * @typedef {{ privateKey: CryptoKey, jwk: JsonWebKey }} KeyPair
 */

/**
 * Encrypts with the key that all pages of this origin share, or with one that `secret` gives.
 *
 * @param {Database} database
 * @param {string | undefined} secret
 * @param {string} text
 * @param {string} context
 * @returns {Promise<string>} the initialisation vector and what is encrypted, in base64url
 */
export async function seal(database, secret, text, context) {
  const key = await sealingKey(database, secret, context);
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const sealed = await ask((subtle) => subtle.encrypt(aesGcm(iv, context), key, bytesOf(text)));
  return toBase64url([...iv, ...new Uint8Array(sealed)]);
}

/**
 * @param {Database} database
 * @param {string | undefined} secret
 * @param {string} sealed
 * @param {string} context
 * @returns {Promise<string | undefined>} nothing if it was not sealed here for this context
 */
export async function open(database, secret, sealed, context) {
  const known = secret === undefined ? database.knownKey(SEALING_KEY) : undefined;
  // What a key opens was sealed with it. If it does not, another one may be in its place by now.
  const opened = known && (await openedWith(known, sealed, context));
  return opened ?? openedWith(await sealingKey(database, secret, context), sealed, context);
}

/**
 * @param {CryptoKey} key
 * @param {string} sealed
 * @param {string} context
 * @returns {Promise<string | undefined>}
 */
async function openedWith(key, sealed, context) {
  const { subtle } = crypto;
  const bytes = fromBase64url(sealed);
  if (!bytes) return undefined;
  try {
    const algorithm = aesGcm(bytes.slice(0, IV_BYTES), context);
    const opened = await subtle.decrypt(algorithm, key, bytes.slice(IV_BYTES));
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(opened);
  } catch {
    return undefined;
  }
}

/**
 * The public half of the key pair of this name, which is made where there is none.
 *
 * @param {Database} database
 * @param {string} name
 * @returns {Promise<string>} as a JSON Web Key
 */
export async function publicKey(database, name) {
  const { jwk } = await keyPair(database, name);
  return JSON.stringify(jwk);
}

/**
 * Makes sure that there is a key pair of this name in the database: one that was made before may have
 * been cleared.
 *
 * @param {Database} database
 * @param {string} name
 */
export async function keepKeyPair(database, name) {
  await database.key(name, generateKeyPair);
}

/**
 * @param {Database} database
 * @param {string} name
 * @param {Uint8Array<ArrayBuffer>} message
 */
export async function sign(database, name, message) {
  const { privateKey } = await keyPair(database, name);
  return new Uint8Array(
    await ask((subtle) => subtle.sign(parameters("ES256"), privateKey, message)),
  );
}

/**
 * @param {string} hash
 * @param {Uint8Array<ArrayBuffer>} bytes
 */
export async function digest(hash, bytes) {
  return new Uint8Array(await ask((subtle) => subtle.digest(hash, bytes)));
}

/**
 * Whether a signature is by this key; a key that the browser refuses signs nothing.
 *
 * @param {string} algorithm its name in a JOSE header
 * @param {string} jwk
 * @param {Uint8Array<ArrayBuffer>} message
 * @param {Uint8Array<ArrayBuffer>} signature
 */
export async function verify(algorithm, jwk, message, signature) {
  const how = parameters(algorithm);
  const key = await ask((subtle) => imported(subtle, jwk, how));
  if (key === undefined) throw `unsupported ${algorithm}`;
  if (key === null) return false;
  return crypto.subtle.verify(how, key, signature, message).catch(() => false);
}

/**
 * @param {SubtleCrypto} subtle
 * @param {string} jwk
 * @param {ReturnType<typeof parameters>} how
 * @returns {Promise<CryptoKey | null | undefined>} `undefined` if the browser has no such algorithm
 */
function imported(subtle, jwk, how) {
  const key = subtle.importKey("jwk", JSON.parse(jwk), how, false, ["verify"]);
  return key.catch((error) => (error.name === "NotSupportedError" ? undefined : null));
}

/**
 * The key that every record and message of this origin is sealed with; where it can't be looked up, the
 * one seen last serves. Or the one for what has to be opened by whoever knows `secret`, which no store
 * holds ([RFC 5869](https://www.rfc-editor.org/rfc/rfc5869), as `secret` is random without a salt).
 *
 * @param {Database} database
 * @param {string | undefined} secret
 * @param {string} context
 * @returns {Promise<CryptoKey>}
 */
async function sealingKey(database, secret, context) {
  if (secret !== undefined) return derivedKey(secret, context);
  try {
    return await database.key(SEALING_KEY, () => ask(generateSealingKey));
  } catch (error) {
    const known = database.knownKey(SEALING_KEY);
    if (known) return known;
    throw error;
  }
}

/** @param {SubtleCrypto} subtle */
function generateSealingKey(subtle) {
  return subtle.generateKey(AES_GCM, false, ["encrypt", "decrypt"]);
}

/**
 * @param {string} secret
 * @param {string} context
 */
function derivedKey(secret, context) {
  return ask(async (subtle) => {
    const material = await subtle.importKey("raw", bytesOf(secret), "HKDF", false, ["deriveKey"]);
    const algorithm = {
      name: "HKDF",
      hash: "SHA-256",
      salt: new Uint8Array(),
      info: bytesOf(context),
    };
    return subtle.deriveKey(algorithm, material, AES_GCM, false, ["encrypt", "decrypt"]);
  });
}

/**
 * The key pair of this name: in the database, or where that fails in the memory of this page.
 *
 * @param {Database} database
 * @param {string} name
 * @returns {Promise<KeyPair>}
 */
async function keyPair(database, name) {
  const known = database.knownKey(name);
  if (known) return known;
  try {
    return await database.key(name, generateKeyPair);
  } catch (error) {
    if (error !== "storage_unavailable") throw error;
    const pair = await generateKeyPair();
    database.rememberKey(name, pair);
    return pair;
  }
}

/** @returns {Promise<KeyPair>} */
function generateKeyPair() {
  return ask(async (subtle) => {
    const { privateKey, publicKey } = /** @type {CryptoKeyPair} */ (
      await subtle.generateKey(parameters("ES256"), false, ["sign"])
    );
    return { privateKey, jwk: await subtle.exportKey("jwk", publicKey) };
  });
}

/**
 * What importing a key of this algorithm and verifying with it have in common.
 *
 * @param {string} algorithm
 */
function parameters(algorithm) {
  const hash = `SHA-${algorithm.slice(2)}`;
  switch (algorithm.slice(0, 2)) {
    case "ES":
      return {
        name: "ECDSA",
        namedCurve: hash === "SHA-512" ? "P-521" : "P" + hash.slice(3),
        hash,
      };
    case "PS":
      return { name: "RSA-PSS", saltLength: Number(algorithm.slice(2)) / 8, hash };
    case "RS":
      return { name: "RSASSA-PKCS1-v1_5", hash };
    default:
      return { name: "Ed25519" };
  }
}

/**
 * `crypto.subtle` is there in secure contexts only.
 *
 * @template T
 * @param {(subtle: SubtleCrypto) => Promise<T>} work
 */
async function ask(work) {
  try {
    return await work(crypto.subtle);
  } catch {
    throw "unsupported crypto.subtle";
  }
}

/**
 * @param {Uint8Array<ArrayBuffer>} iv
 * @param {string} context
 */
function aesGcm(iv, context) {
  return { name: "AES-GCM", iv, additionalData: bytesOf(context) };
}

/** @param {string} text */
function bytesOf(text) {
  return new TextEncoder().encode(text);
}

/** @param {Iterable<number>} bytes */
export function toBase64url(bytes) {
  const text = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/**
 * @param {string} text
 * @returns {Uint8Array<ArrayBuffer> | undefined} nothing if it is not the one encoding of them
 */
export function fromBase64url(text) {
  try {
    const base64 = text.replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(base64), (byte) => byte.charCodeAt(0));
    return toBase64url(bytes) === text ? bytes : undefined;
  } catch {
    return undefined;
  }
}
