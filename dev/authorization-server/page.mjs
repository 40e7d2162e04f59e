import { createReadStream } from "node:fs";
import { fileURLToPath } from "node:url";
import { Eta } from "eta";

/** @typedef {import("koa").ParameterizedContext} Context */

const eta = new Eta({ views: fileURLToPath(new URL("views", import.meta.url)), cache: true });

/**
 * @param {Context} ctx
 * @param {string} view the name of a file in views/
 * @param {{ title: string } & Record<string, unknown>} data
 */
export function renderPage(ctx, view, data) {
  ctx.type = "html";
  ctx.body = eta.render(`./${view}`, data);
}

/** @type {Record<string, { type: string, file: URL }>} */
const ASSETS = {
  // The login page wears the colours of the demo that it opens for.
  "/assets/theme.css": { type: "css", file: new URL("../../www/theme.css", import.meta.url) },
  "/assets/favicon.svg": { type: "svg", file: new URL("../../www/favicon.svg", import.meta.url) },
  "/assets/style.css": { type: "css", file: new URL("assets/style.css", import.meta.url) },
  "/assets/submit_form.js": { type: "js", file: new URL("assets/submit_form.js", import.meta.url) },
};

/**
 * @param {Context} ctx
 * @param {() => Promise<unknown>} next
 */
export async function serveAssets(ctx, next) {
  const asset = ASSETS[ctx.path];
  if (!asset || ctx.method !== "GET") return next();
  ctx.type = asset.type;
  ctx.set("Cache-Control", "max-age=600");
  ctx.body = createReadStream(asset.file);
  return undefined;
}

/**
 * Headers of every page. `form-action` has to name the apps, because it also holds for the
 * redirects that follow a submitted form.
 *
 * @param {string[]} origins
 */
export function pageSecurity(origins) {
  const policy = [
    "default-src 'none'",
    "style-src 'self'",
    "script-src 'self'",
    "img-src 'self'",
    `form-action 'self' ${origins.join(" ")}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; ");

  /**
   * @param {Context} ctx
   * @param {() => Promise<unknown>} next
   */
  return async (ctx, next) => {
    // Set before the page is made: oidc-provider adds the hash of its own form-posting script.
    ctx.set("Content-Security-Policy", policy);
    ctx.set("Referrer-Policy", "no-referrer");
    ctx.set("X-Content-Type-Options", "nosniff");
    await next();
    if (ctx.response.type !== "text/html") ctx.remove("Content-Security-Policy");
  };
}
