/**
 * Collects what the pages of an origin complain about: errors and warnings in the console, errors
 * that nobody caught, and breaches of the Content-Security-Policy.
 *
 * @param {import("playwright-core").BrowserContext} context
 * @param {string} origin
 * @returns {Promise<string[]>} the list, which grows
 */
export async function complaintsOf(context, origin) {
  /** @type {string[]} */
  const complaints = [];
  context.on("console", (message) => {
    const isOurs = message.page()?.url().startsWith(`${origin}/`);
    if (isOurs && ["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  context.on("weberror", (error) => void complaints.push(String(error.error())));
  await context.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      console.error(`violated: ${event.violatedDirective} by ${event.blockedURI}`);
    });
  });
  return complaints;
}
