import { AuthError, invalidOption } from "./auth_error.js";
import type { LoginOptions } from "./client_config.js";
import { wrongOption } from "./option_shapes.js";
import type { Shape } from "./option_shapes.js";

/**
 * The request that `fetch` would send. A URL that none can be made of, as it is not one or holds
 * credentials, is covered by no API.
 */
export function requestOf(input: RequestInfo | URL, init: RequestInit | undefined): Request {
  if (!(input instanceof Request)) refuseCredentials(input);
  let cause: unknown;
  try {
    const request = new Request(input, init);
    // Out of any other the browser leaves the token, without a word.
    if (request.mode !== "no-cors") return request;
  } catch (why) {
    cause = why;
  }
  throw new AuthError(invalidOption("init"), cause);
}

function refuseCredentials(input: string | URL): void {
  let why = "it is not one";
  try {
    const { username, password } = new URL(input, document.baseURI);
    if (!username && !password) return;
    why = "it holds credentials";
  } catch {
    // Nothing that a request could be sent to.
  }
  const message = `the URL is not covered by the apis option: ${why}`;
  throw new AuthError({ code: "url_not_allowed", message, retryable: false });
}

/**
 * The options as an object of its own, once each is known and of the right type.
 *
 * @param name what is wrong where these are no options at all
 */
export function checked<T extends object>(
  options: T | null | undefined,
  shape: Shape,
  name = "options",
): Partial<T> {
  const wrong = wrongOption(options, shape, name);
  if (wrong !== undefined) throw invalidOption(wrong);
  return { ...options };
}

export function requireFunction(value: unknown, name: string): void {
  if (typeof value !== "function") throw invalidOption(name);
}

export function optionalUrl(url: unknown): string | undefined {
  if (isGiven(url) && typeof url !== "string") throw invalidOption("url");
  return url ?? undefined;
}

export function isGiven<T>(value: T): value is NonNullable<T> {
  return value !== undefined && value !== null;
}

/** Options of a login as the core reads them: their `appState` is JSON by itself. */
export function loginForCore({ appState, ...options }: LoginOptions): string {
  return forCore({ ...options, appState: JSON.stringify(appState) });
}

/** Options as the core reads them. Half a surrogate pair, which no UTF-8 has, becomes U+FFFD. */
export function forCore(options: object): string {
  return JSON.stringify(options).replaceAll(/\\\\|\\ud[89a-f]../g, (escaped) =>
    escaped.length > 2 ? "\\ufffd" : escaped,
  );
}
