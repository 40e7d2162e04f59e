import { AuthError, invalidOption } from "./auth_error.js";
import type { LoginOptions } from "./client_config.js";

/**
 * The request that `fetch` would send. A URL that none can be made of, as it is not one or holds
 * credentials, is covered by no API.
 */
export function requestOf(input: RequestInfo | URL, init: RequestInit | undefined): Request {
  if (!(input instanceof Request)) refuseCredentials(input);
  try {
    return new Request(input, init);
  } catch (cause) {
    throw new AuthError(invalidOption("init"), cause);
  }
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

export function isGiven<T>(value: T): value is NonNullable<T> {
  return value !== undefined && value !== null;
}

/** The options as an object of its own; `undefined` and `null` are none at all. */
export function optionsGiven<T extends object>(
  options: T | null | undefined,
  name: string,
): Partial<T> {
  if (isGiven(options) && (typeof options !== "object" || Array.isArray(options))) {
    throw invalidOption(name);
  }
  return { ...options };
}

/** Refuses what the core can't read, by the option that it is in: a function, a symbol, a cycle. */
export function requireJson<T extends object>(options: T): T {
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined && !isJson(value)) throw invalidOption(name);
  }
  return options;
}

function isJson(value: unknown): boolean {
  try {
    JSON.stringify(value, (_, part: unknown) => {
      if (typeof part === "function" || typeof part === "symbol") throw part;
      return part;
    });
    return true;
  } catch {
    return false;
  }
}

export function requireFunction(value: unknown, name: string): void {
  if (typeof value !== "function") throw invalidOption(name);
}

export function requireSignal(signal: unknown): void {
  if (isGiven(signal) && !(signal instanceof AbortSignal)) throw invalidOption("signal");
}

export function optionalUrl(url: unknown): string | undefined {
  if (isGiven(url) && typeof url !== "string") throw invalidOption("url");
  return url ?? undefined;
}

/** The options with their `appState` as JSON. */
export function withJsonState<T extends LoginOptions>(given: T | undefined): Omit<T, "appState"> {
  const { appState, ...options } = optionsGiven(given, "options");
  return (appState === undefined ? options : { ...options, appState: asJson(appState) }) as T;
}

function asJson(appState: unknown): string {
  let json: string | undefined;
  try {
    json = JSON.stringify(appState);
  } catch {
    // A cycle or a BigInt: no JSON.
  }
  if (json === undefined) throw invalidOption("appState");
  return json;
}
