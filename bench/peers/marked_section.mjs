const BEGIN = "<!-- begin: written by npm run bench -->";
const END = "<!-- end: written by npm run bench -->";

/**
 * @param {string} page with the two markers, each once
 * @param {string} section what is to stand between them
 * @returns {string} the page, and everything else as it was
 */
export function withSection(page, section) {
  const parts = [page.split(BEGIN), page.split(END)];
  if (parts.some(({ length }) => length !== 2) || parts[0][1].length < parts[1][1].length) {
    throw new Error(`The page has to have once, in this order: ${BEGIN} and ${END}`);
  }
  return `${parts[0][0]}${BEGIN}\n\n${section.trim()}\n\n${END}${parts[1][1]}`;
}
