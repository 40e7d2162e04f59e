import { createHash, timingSafeEqual } from "node:crypto";

/**
 * The people who can log in here. They exist for the demo and the tests only, which is why their
 * passwords stand on the login page.
 */
export const users = [
  { username: "alice", password: "alice-password", name: "Alice Archer" },
  { username: "bob", password: "bob-password", name: "Bob Bailey" },
];

/** @param {string} text */
const digest = (text) => createHash("sha256").update(text).digest();

/**
 * @param {string} username
 * @param {string} password
 * @returns {string | undefined} the account's `sub`
 */
export function authenticate(username, password) {
  const user = users.find((candidate) => candidate.username === username.trim().toLowerCase());
  const matches = timingSafeEqual(digest(password), digest(user?.password ?? ""));
  return user && matches ? user.username : undefined;
}

/**
 * @param {unknown} _ctx
 * @param {string} sub
 */
export function findAccount(_ctx, sub) {
  const user = users.find(({ username }) => username === sub);
  if (!user) return undefined;
  return {
    accountId: sub,
    claims: () => ({
      sub,
      name: user.name,
      preferred_username: user.username,
      email: `${user.username}@example.com`,
      email_verified: true,
    }),
  };
}
