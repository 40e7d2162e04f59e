/**
 * oidc-provider lets every origin read discovery and the key set. A server for one page has no
 * reason to: an origin that is not ours gets no CORS header from any endpoint.
 *
 * @param {string[]} origins
 */
export function hideFromForeignOrigins(origins) {
  /**
   * @param {import("./page.mjs").Context} ctx
   * @param {() => Promise<unknown>} next
   */
  return async (ctx, next) => {
    await next();
    if (origins.includes(ctx.get("Origin"))) return;
    for (const header of Object.keys(ctx.response.headers)) {
      if (header.startsWith("access-control-")) ctx.remove(header);
    }
  };
}
