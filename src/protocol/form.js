// Forms by the browser's `URLSearchParams`.

/**
 * @param {string} name
 * @param {string} value
 */
export function pair(name, value) {
  return new URLSearchParams([[name, value]]).toString();
}

/**
 * @param {string} text
 * @returns {string[]} name, value, name, value …
 */
export function parsed(text) {
  // A leading `?` would be left out.
  return [...new URLSearchParams(`&${text}`)].flat();
}
