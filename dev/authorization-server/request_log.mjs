import { endpointOf } from "./endpoints.mjs";

const CAPACITY = 1000;

/**
 * @typedef {object} LoggedRequest
 * @property {import("./endpoints.mjs").Endpoint} endpoint
 * @property {string} method
 * @property {string} [grantType]
 * @property {number | null} status null while it is unanswered, and for ever when it was dropped
 * @property {string} [fault] the kind of fault that it met, from the moment when it did
 * @property {number} at milliseconds since the epoch, by this server's clock
 */

/** What was asked of the server, without anything secret, for tests to count. */
export class RequestLog {
  /** @type {LoggedRequest[]} */
  entries = [];

  clear() {
    this.entries = [];
  }

  middleware() {
    /**
     * @param {import("./page.mjs").Context} ctx
     * @param {() => Promise<unknown>} next
     */
    return async (ctx, next) => {
      const endpoint = endpointOf(ctx.path);
      if (!endpoint || ctx.method === "OPTIONS") return next();
      /** @type {LoggedRequest} */
      const entry = { endpoint, method: ctx.method, status: null, at: Date.now() };
      this.entries.push(entry);
      ctx.state.entry = entry;
      if (this.entries.length > CAPACITY) this.entries.shift();
      try {
        return await next();
      } finally {
        if (ctx.respond !== false) entry.status = ctx.status;
        const grantType = ctx.oidc?.params?.grant_type;
        if (grantType) entry.grantType = grantType;
      }
    };
  }
}
