// Without 0, 1, I and O: hard to misread.
const LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

/** A short random name for this page, so that several tabs can be told apart. */
export function newTabLabel(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(4));
  return Array.from(bytes, (byte) => LETTERS[byte % LETTERS.length]).join("");
}
