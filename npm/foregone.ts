import { resolve } from "../src/browser/page.js";
import type { Check, Shape } from "./option_shapes.js";
import { isGiven } from "./options.js";

/**
 * Whether nothing can come of a start but who is logged in, and nobody if no session is stored: the core is
 * sure to take the configuration, the page may compile the wasm, and its URL is no answer of the server.
 */
export function isForegone(options: Record<string, unknown>, wasm: unknown): boolean {
  // What the app gives may be none; what `portcullis/inline` gives is one.
  const isWasm = wasm === undefined || typeof wasm === "function";
  return isWasm && isPlain(options) && !mayBeAnswer() && !mayBeLoggedOut() && mayCompile();
}

/** Whether the page was opened with what may be the answer to a login. */
export function mayBeAnswer(): boolean {
  return /[?&#](code|error|response|id_token|access_token)=/.test(location.href);
}

/** Whether the page was opened with what may be the way back from a logout. */
function mayBeLoggedOut(): boolean {
  return /[?&#]state=/.test(location.href);
}

/**
 * What the core is sure to take, of the options whose types do not say so. It is the core that judges: what
 * is not plain here goes to it, and what passes here must pass there.
 */
const plain: Shape = {
  issuer: (url) => isSecure(url) && !/[?#]/.test(url as string),
  clientId: (id) => id !== "",
  redirectUri: returnsHere,
  postLogoutRedirectUri: returnsHere,
  scope: (scope) => (scope as string).split(" ").includes("openid"),
  apis: (urls) => (urls as string[]).every((url) => isSecure(url) && !url.includes("?")),
  clockTolerance: secondsUpTo(600),
  refreshAhead: secondsUpTo(86_400),
  requestTimeout: secondsUpTo(600),
  maxAge: secondsUpTo(Infinity),
  idleTimeout: secondsUpTo(2_592_000),
  sessionManagement: (choice) => choice === "off",
  metadata: never,
  jwks: never,
  signingAlgorithms: never,
  extraParams: never,
};

function isPlain(options: Record<string, unknown>): boolean {
  const all: Record<string, unknown> = { ...options, redirectUri: options["redirectUri"] ?? "/" };
  return Object.entries(plain).every(([name, check]) => !isGiven(all[name]) || check(all[name]));
}

function returnsHere(uri: unknown): boolean {
  return isSecure(resolve(uri as string));
}

function isSecure(url: unknown): boolean {
  const isWritten =
    /^(https:\/\/[\w.-]+|http:\/\/(localhost|127\.0\.0\.1))(:\d+)?([/?][\w.~%/?&=+-]*)?$/;
  return isWritten.test(String(url)) && resolve(String(url)) !== undefined;
}

function secondsUpTo(limit: number): Check {
  return (seconds) => (seconds as number) >= 1 && (seconds as number) <= limit;
}

function never(): boolean {
  return false;
}

/** Whether the page's Content-Security-Policy lets it. */
function mayCompile(): boolean {
  try {
    return new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)) !== undefined;
  } catch {
    return false;
  }
}
