import { freePort } from "../../dev/ports.mjs";
import { HostileServer } from "../../tests/conformance/hostile_server.mjs";
import {
  generateSigningKey,
  signedWithPublicKeyAsSecret,
  unsigned,
} from "../../tests/conformance/signing_keys.mjs";
import { dialectOf } from "./dialects.mjs";
import { Gateway } from "./gateway.mjs";
import { Visit } from "./visit.mjs";

/** @typedef {import("./libraries.mjs").Library} Library */
/** @typedef {import("./testbed.mjs").Testbed} Testbed */
/** @typedef {import("../../tests/conformance/hostile_server.mjs").Lies} Lies */
/** @typedef {import("../../tests/conformance/signing_keys.mjs").Claims} Claims */

/** What an ID token is refused for by who checks all of OpenID Connect Core 3.1.3.7. */
const key = await generateSigningKey("RS256");
const otherKey = await generateSigningKey("RS256");

/** @param {Claims} changes an undefined one takes a claim away */
const changed = (changes) => ({
  claims: (/** @type {Claims} */ claims) => ({ ...claims, ...changes }),
});

/** @type {Record<string, Lies>} */
const DEFECTS = {
  "signed by a key that the server does not have": { idToken: (claims) => otherKey.sign(claims) },
  "changed after it was signed": { idToken: tampered },
  "`alg` is `none`": { idToken: (claims) => unsigned(claims) },
  "signed by HS256, with the public key as the secret": {
    idToken: (claims) => signedWithPublicKeyAsSecret(key, claims),
  },
  "`iss` is another": changed({ iss: "https://other.example" }),
  "`aud` is another": changed({ aud: "another-client" }),
  "`aud` has two, `azp` is another": changed({
    aud: ["spa", "another-client"],
    azp: "another-client",
  }),
  "`nonce` is another": changed({ nonce: "of-another-login" }),
  "`nonce` is missing": changed({ nonce: undefined }),
  "expired an hour ago": {
    claims: (claims) => ({ ...claims, iat: hoursAgo(2), exp: hoursAgo(1) }),
  },
  "`exp` is missing": changed({ exp: undefined }),
  "`sub` is missing": changed({ sub: undefined }),
};

export const defects = Object.keys(DEFECTS);

/** @param {number} hours */
function hoursAgo(hours) {
  return Math.floor(Date.now() / 1000) - hours * 3600;
}

/** @param {Claims} claims */
async function tampered(claims) {
  const [header, , signature] = (await key.sign(claims)).split(".");
  const payload = Buffer.from(JSON.stringify({ ...claims, name: "Mallory" })).toString("base64url");
  return [header, payload, signature].join(".");
}

/** A server that lies about who logs in, behind a gateway as the honest one is. */
export class LyingSite {
  #server = new HostileServer();
  #gateway = new Gateway();
  #origin = "";

  /** @param {Testbed} testbed */
  async start({ pages }) {
    await this.#server.start(pages.origin);
    const port = await freePort();
    await this.#gateway.start(port, Number(new URL(this.#server.issuer).port));
    this.#origin = `http://localhost:${port}`;
  }

  /**
   * Logs in once with each defect.
   *
   * @param {Testbed} testbed
   * @param {Library} library
   * @returns {Promise<string[]>} the defects with which somebody was logged in nevertheless
   */
  async defectsAcceptedBy(testbed, library) {
    if (!(await this.#isBelieved(testbed, library, {}))) {
      throw new Error(`${library.name} refuses an ID token without a defect.`);
    }
    const accepted = [];
    for (const [defect, lies] of Object.entries(DEFECTS)) {
      if (await this.#isBelieved(testbed, library, lies)) accepted.push(defect);
    }
    return accepted;
  }

  /**
   * @param {Testbed} testbed
   * @param {Library} library
   * @param {Lies} lies
   */
  async #isBelieved(testbed, library, lies) {
    this.#gateway.dialect = dialectOf(library);
    this.#server.beHonest([key]);
    this.#server.issuer = `${this.#origin}${library.issuerEndsWithSlash ? "/" : ""}`;
    // Nobody is logged in there before the login: those that look for a session at start find none.
    this.#server.session = { state: "of-the-server", sub: null };
    this.#server.lies = lies;
    const discovery = `${this.#origin}/.well-known/openid-configuration`;
    const metadata = await (await fetch(discovery)).json();
    const visit = await Visit.begin(testbed, library, { issuer: this.#server.issuer, metadata });
    try {
      const page = await visit.newTab();
      await visit.load(page);
      return await visit.comeBack(page).then(
        ({ authenticated }) => authenticated,
        () => false,
      );
    } finally {
      await visit.end();
    }
  }

  async stop() {
    this.#server.stop();
    await this.#gateway.stop();
  }
}
