/** The scopes of the protected API. */
export const apiScopes = ["inbox.read", "inbox.write"];

/** What the protected API has for services alone, which no person can grant. */
export const serviceScopes = ["stock.read"];

/** @type {Record<string, string>} what a person reads on the consent page */
const SENTENCES = {
  openid: "Know which account you use",
  profile: "See your name",
  email: "See your email address",
  offline_access: "Keep you logged in",
  "inbox.read": "Read your inbox",
  "inbox.write": "Change your inbox",
};

/**
 * @param {string[]} scopes
 * @returns {string[]}
 */
export function describeScopes(scopes) {
  return scopes.map((scope) => SENTENCES[scope] ?? scope);
}
