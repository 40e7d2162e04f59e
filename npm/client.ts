import { forgetAhead, goAhead } from "../src/browser/ahead.js";
import { handOver } from "../src/browser/frame.js";
import { AuthError, invalidOption, settled } from "./auth_error.js";
import type { AnonymousReason, AuthState, CallbackResult, User, UserInfo } from "./auth_state.js";
import type {
  ClientConfig,
  DeviceOptions,
  LoginOptions,
  LogoutOptions,
  PopupOptions,
  TokenOptions,
} from "./client_config.js";
import { loadCore, loadRest } from "./core.js";
import { isForegone, mayBeAnswer } from "./foregone.js";
import { Warnings } from "./mistake.js";
import { config as shape } from "./option_shapes.js";
import { checked, forCore, isGiven, optionalUrl } from "./options.js";
import { handOverCallback } from "./popup.js";
import { WasmClient } from "./wasm_client.js";

/** What {@link Client.on} tells. */
export interface ClientEvents {
  /** Somebody logged in, in this tab or another. */
  login(user: User): void;
  /** The session is over. */
  logout(reason: AnonymousReason): void;
  /** There is a new access token. */
  refreshed(event: { expiresAt: number; by: "this_tab" | "another_tab" }): void;
  /** A refresh failed and the session goes on; the next try is at `retryAt`, in ms since the epoch. */
  refreshFailed(event: { error: AuthError; retryAt: number | null }): void;
  /**
   * The user does nothing and is logged out at `logoutAt`, in ms since the epoch; `null` when they have
   * done something again, in whichever tab.
   */
  idleWarning(event: { logoutAt: number | null }): void;
  /** An API asked for a stronger or a more recent login (RFC 9470). `maxAge` is in seconds. */
  stepUp(event: { acrValues?: string; maxAge?: number; scope?: string }): void;
}

/** A client of one authorization server, in this tab. Made by {@link createClient}. */
export interface Client {
  readonly state: AuthState;
  /** What `createClient` handled, if the page was opened with a callback. */
  readonly callback: CallbackResult | null;
  /** Calls `listener` with each new state, until the function it returns is called. */
  subscribe(listener: (state: AuthState) => void): () => void;
  on<E extends keyof ClientEvents>(event: E, listener: ClientEvents[E]): () => void;
  /** Sends the user to the server to log in. Settles only if that did not happen. */
  loginWithRedirect(options?: LoginOptions): Promise<void>;
  /**
   * Logs in in a window of its own, while this page stays. To be called while the user does something,
   * such as a click, with nothing awaited before.
   */
  loginWithPopup(options?: PopupOptions): Promise<User>;
  /**
   * Logs in with the session that the user has at the server, without showing anything. Gives `null` if
   * the server needs the user for it; the logger is told why, by `login_required` or
   * `interaction_required`.
   */
  loginSilently(options?: LoginOptions): Promise<User | null>;
  /** Logs in by a code that the user types in on another device. */
  loginWithDevice(options: DeviceOptions): Promise<User>;
  /** Finishes the login whose callback `url` is; for the same URL the result is the same. */
  handleRedirectCallback(url?: string): Promise<CallbackResult>;
  /** An access token that is good now. All callers share one request. */
  getAccessToken(options?: TokenOptions): Promise<string>;
  /** `fetch` with the access token, to the configured `apis` only. */
  fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response>;
  getUserInfo(): Promise<UserInfo>;
  /** Renews the access token now. */
  refresh(): Promise<void>;
  /** Revokes the session, clears every tab, and leaves for the server's logout page. */
  logout(options?: LogoutOptions): Promise<void>;
  /**
   * Stops everything here. The session stays, for other tabs and later; who asks this client for a token
   * gets `aborted`.
   */
  close(): void;
}

/** A client that was asked for, and how often it was asked for and not closed since. */
interface Shared {
  readonly client: Promise<WasmClient>;
  /** Issuer and client identifier, which name the session. */
  readonly session: string;
  users: number;
}

const clients = new Map<string, Shared>();

/**
 * Starts a client: finishes a login if the URL is its callback, otherwise goes on with the session of
 * this browser, and keeps it alive. Where there is none it resolves before the wasm is there, for which
 * calls wait then. Rejects only for a wrong configuration, where there is no page, or where the wasm is needed
 * and can't be loaded.
 *
 * Calling it again with an equal configuration gives the same client, which stops when it was closed as
 * often as it was asked for.
 */
export async function createClient(config: ClientConfig): Promise<Client> {
  const { options, ...parts } = partsOf(config);
  const key = JSON.stringify(options, (_, value: unknown) => sorted(value));
  const known = clients.get(key);
  if (known) {
    known.users += 1;
    return known.client;
  }
  const session = `${options["issuer"]} ${options["clientId"]}`;
  if ([...clients.values()].some((other) => other.session === session)) {
    parts.warnings.warn("two-configurations");
  }
  const leave = (): boolean => {
    shared.users -= 1;
    if (shared.users === 0) clients.delete(key);
    return shared.users === 0;
  };
  const shared: Shared = { client: startClient(session, options, parts, leave), session, users: 1 };
  clients.set(key, shared);
  shared.client.catch(() => clients.delete(key));
  return shared.client;
}

/**
 * For the page that is registered as `frontchannel_logout_uri`, which the server opens in an iframe
 * (OpenID Connect Front-Channel Logout 1.0): if `iss` and `sid` of its URL are those of the session of
 * this browser, ends it here and in every tab, and gives true. Otherwise nothing happens.
 *
 * It needs the configuration that the app gives to {@link createClient}, and starts no client.
 */
export async function handleFrontchannelLogout(
  config: ClientConfig,
  url?: string,
): Promise<boolean> {
  const { options, wasm } = partsOf(config);
  const { Core } = await loadCore(wasm, true);
  return settled(Core.handleFrontchannelLogout(forCore(options), optionalUrl(url)));
}

/** What of a configuration is not for the core. */
interface Parts {
  readonly wasm: ClientConfig["wasm"];
  readonly logger: ClientConfig["logger"];
  readonly warnings: Warnings;
}

function partsOf(config: ClientConfig): Parts & { options: Record<string, unknown> } {
  if (isGiven(Object(config).clientSecret)) {
    // Whoever opens the page can read it.
    throw invalidOption("clientSecret: a browser can't keep a secret; register a public client");
  }
  const { wasm, logger, warnings, ...options } = checked(config, shape, "config");
  for (const required of ["issuer", "clientId"] as const) {
    if (!isGiven(options[required])) throw invalidOption(required);
  }
  if (typeof document === "undefined") throw noPage();
  return { options, wasm, logger, warnings: new Warnings(warnings !== "off", options.issuer) };
}

function noPage(): AuthError {
  const message = "there is no page, as on a server";
  return new AuthError({ code: "unsupported", message, retryable: false });
}

async function startClient(
  session: string,
  options: Record<string, unknown>,
  { wasm, ...parts }: Parts,
  leave: () => boolean,
): Promise<WasmClient> {
  if (typeof isSecureContext === "boolean" && !isSecureContext) {
    parts.warnings.warn("insecure-page");
  }
  // The hidden frame of a silent login needs nothing else.
  if (handOver()) await new Promise(() => {});
  await handOverCallback();
  const isShared = options["refreshTokens"] !== "memory";
  const stored = isShared ? goAhead(session) : Promise.resolve(undefined);
  const client = new WasmClient(parts, leave, async (listener) => {
    try {
      const { Core } = await loadCore(wasm, mayBeAnswer());
      return await settled(Core.start(forCore(options), listener));
    } finally {
      forgetAhead(session);
    }
  });
  const running = client.run();
  // What the app does first goes first. Whoever needs it asks again, and is told what is wrong.
  running.then(() => setTimeout(() => loadRest()?.catch(() => {}))).catch(() => {});
  const isNobody =
    isForegone(options, wasm) &&
    (await Promise.any([
      stored.then((record) => record === undefined),
      running.then(() => false),
    ]).catch(() => false));
  if (isNobody) client.beAnonymous();
  else await running;
  return client;
}

function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
