import { setTimeout as wait } from "node:timers/promises";
import { endpointOf } from "./endpoints.mjs";

/** @typedef {import("./page.mjs").Context} Context */

/**
 * @typedef {object} Fault
 * @property {import("./endpoints.mjs").Endpoint | "any"} endpoint
 * @property {"delay" | "delay_after" | "drop_before" | "drop_after" | "respond" | "body"} kind
 * @property {number} times how many requests it meets
 * @property {number} [delayMs] waited before anything else; by delay_after once all is done
 * @property {number} [status]
 * @property {Record<string, string>} headers
 * @property {string | Record<string, unknown>} [body]
 * @property {boolean} cors whether "respond" carries CORS headers for an allowed origin
 */

/** The faults that wait for their requests, in the order in which they were added. */
export class FaultList {
  /** @type {Fault[]} */
  #faults = [];

  /** @param {Fault} fault */
  add(fault) {
    this.#faults.push({ ...fault });
  }

  clear() {
    this.#faults = [];
  }

  /**
   * @param {import("./endpoints.mjs").Endpoint} endpoint
   * @returns {Fault | undefined}
   */
  take(endpoint) {
    const fault = this.#faults.find((f) => f.endpoint === endpoint || f.endpoint === "any");
    if (fault && --fault.times === 0) this.#faults.splice(this.#faults.indexOf(fault), 1);
    return fault;
  }
}

/**
 * @param {FaultList} faults
 * @param {string[]} origins allowed ones, for the CORS headers of "respond"
 */
export function faultInjection(faults, origins) {
  /**
   * @param {Context} ctx
   * @param {() => Promise<unknown>} next
   */
  return async (ctx, next) => {
    const endpoint = endpointOf(ctx.path);
    // A preflight is no request of its own: a fault is meant for what follows it.
    const fault = endpoint && ctx.method !== "OPTIONS" ? faults.take(endpoint) : undefined;
    if (!fault) return next();
    if (fault.kind === "delay_after") await next();
    ctx.state.entry.fault = fault.kind;
    if (fault.delayMs) await wait(fault.delayMs);
    return applyFault(ctx, next, fault, origins);
  };
}

/**
 * @param {Context} ctx
 * @param {() => Promise<unknown>} next
 * @param {Fault} fault
 * @param {string[]} origins
 */
async function applyFault(ctx, next, fault, origins) {
  switch (fault.kind) {
    case "delay":
      return next();
    case "delay_after":
      return undefined;
    case "drop_before":
      return drop(ctx);
    case "drop_after":
      await next();
      return drop(ctx);
    case "respond":
      ctx.status = fault.status ?? 500;
      if (fault.cors) allowOrigin(ctx, origins);
      break;
    case "body":
      await next();
      if (fault.status) ctx.status = fault.status;
      break;
  }
  ctx.body = fault.body ?? "";
  // After the body, which brings a content type of its own.
  ctx.set(fault.headers);
  return undefined;
}

/** @param {Context} ctx */
function drop(ctx) {
  ctx.respond = false;
  ctx.req.socket.destroy();
}

/**
 * @param {Context} ctx
 * @param {string[]} origins
 */
function allowOrigin(ctx, origins) {
  const origin = ctx.get("Origin");
  if (!origins.includes(origin)) return;
  ctx.vary("Origin");
  ctx.set("Access-Control-Allow-Origin", origin);
  ctx.set("Access-Control-Expose-Headers", "Retry-After, WWW-Authenticate, DPoP-Nonce");
}
