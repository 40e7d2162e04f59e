import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import sirv from "sirv";
import { listening } from "./listening.mjs";
import { packageFolder, site } from "./paths.mjs";

/**
 * @typedef {object} DemoConfig what the page reads from /config.json
 * @property {string} issuer
 * @property {string} clientId
 * @property {string} api
 */

/**
 * @param {DemoConfig} config
 * @param {string} html the page, of which inline scripts and styles may run as they are
 * @returns {Record<string, string>}
 */
function securityHeaders({ issuer, api }, html) {
  const server = new URL(issuer).origin;
  const policy = [
    "default-src 'none'",
    ["script-src 'self' 'wasm-unsafe-eval'", ...inlineHashes(html, "script")].join(" "),
    ["style-src 'self'", ...inlineHashes(html, "style")].join(" "),
    "img-src 'self' data:",
    "font-src 'self'",
    `connect-src 'self' ${server} ${new URL(api).origin}`,
    `frame-src 'self' ${server}`,
    "base-uri 'none'",
    "form-action 'none'",
    // The silent login's iframe comes back to a page of this origin.
    "frame-ancestors 'self'",
  ];
  return {
    "Content-Security-Policy": policy.join("; "),
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
  };
}

/**
 * @param {string} html
 * @param {"script" | "style"} element
 * @returns {string[]} sources of a Content-Security-Policy
 */
function inlineHashes(html, element) {
  const inline = html.matchAll(new RegExp(`<${element}[^>]*>([^]+?)</${element}>`, "g"));
  return [...inline].map(
    ([, text]) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`,
  );
}

/**
 * @param {string} folder
 * @param {string} pathname
 * @returns {string} the page that knows this path: that of the app in a subfolder, or the folder's own
 */
function indexFor(folder, pathname) {
  const [, app] = pathname.split("/");
  return app && existsSync(join(folder, app, "index.html")) ? `${app}/index.html` : "index.html";
}

/**
 * Serves the demo page at / and the built package at /pkg/, as a careful production host would.
 *
 * @param {object} options
 * @param {number} options.port
 * @param {DemoConfig} options.config
 * @param {string} [options.folder] that of another page, in the demo's place
 * @param {() => Record<string, string>} [options.headers] those of each answer, in the place of the
 *   demo's own
 * @returns {Promise<{ headers: Record<string, string>, close(): Promise<void> }>} headers: the demo's own,
 *   which may be changed
 */
export async function startDemoServer({ port, config, folder = site, headers }) {
  const own = securityHeaders(config, readFileSync(join(folder, "index.html"), "utf8"));
  const serveSite = (/** @type {string} */ index) =>
    sirv(folder, {
      dev: true,
      single: index,
      setHeaders: (response) => response.setHeader("Cache-Control", "no-cache"),
    });
  const servePackage = sirv(packageFolder, { dev: true });

  const server = createServer((request, response) => {
    for (const [name, value] of Object.entries(headers?.() ?? own)) response.setHeader(name, value);
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.writeHead(405, { Allow: "GET, HEAD" }).end();
      return;
    }
    const notFound = () => void response.writeHead(404).end();
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    if (pathname === "/config.json") {
      response.setHeader("Cache-Control", "no-store");
      response.setHeader("Content-Type", "application/json");
      response.end(JSON.stringify(config));
    } else if (pathname.startsWith("/pkg/")) {
      request.url = request.url?.slice("/pkg".length);
      servePackage(request, response, notFound);
    } else {
      serveSite(indexFor(folder, pathname))(request, response, notFound);
    }
  });
  return { headers: own, ...(await listening(server, port)) };
}
