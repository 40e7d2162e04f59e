import { AuthError, asAuthError } from "./auth_error.js";
import type { AuthErrorDetails } from "./auth_error.js";
import type { AnonymousReason, AuthState, CallbackResult, User, UserInfo } from "./auth_state.js";
import type {
  ClientConfig,
  DeviceOptions,
  DevicePrompt,
  LogEvent,
  LoginOptions,
  LogoutOptions,
  TokenOptions,
} from "./client_config.js";
import { loadCore } from "./core.js";
import type { Core } from "./core.js";

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
   * Logs in with the session that the user has at the server, without showing anything. Gives `null` if
   * the server needs the user for it.
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
  /** Stops everything here. The session stays, for other tabs and later. */
  close(): void;
}

/** A client that was asked for, and how often it was asked for and not closed since. */
interface Shared {
  readonly client: Promise<WasmClient>;
  users: number;
}

const clients = new Map<string, Shared>();

/**
 * Starts a client: finishes a login if the URL is its callback, otherwise goes on with the session of
 * this browser, and keeps it alive. Rejects only for a wrong configuration, or where there is no page.
 *
 * Calling it again with an equal configuration gives the same client, which stops when it was closed as
 * often as it was asked for.
 */
export async function createClient(config: ClientConfig): Promise<Client> {
  const { wasm, logger, ...options } = config ?? {};
  const key = JSON.stringify(options, (_, value: unknown) => sorted(value));
  const known = clients.get(key);
  if (known) {
    known.users += 1;
    return known.client;
  }
  const leave = (): boolean => {
    shared.users -= 1;
    if (shared.users === 0) clients.delete(key);
    return shared.users === 0;
  };
  const shared: Shared = { client: startClient(options, wasm, logger, leave), users: 1 };
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
  const { wasm, logger, ...options } = config ?? {};
  const { Core } = await loadCore(wasm);
  return settled(Core.handleFrontchannelLogout(options, url));
}

async function startClient(
  options: object,
  wasm: ClientConfig["wasm"],
  logger: ClientConfig["logger"],
  leave: () => boolean,
): Promise<WasmClient> {
  if (logger !== undefined && typeof logger !== "function") throw invalid("logger");
  const { Core } = await loadCore(wasm);
  const core = await settled(Core.start(options));
  return new WasmClient(core, logger, leave);
}

/** The public shape of the core: plain objects become states and errors, promises settle as documented. */
class WasmClient implements Client {
  readonly callback: CallbackResult | null;
  readonly #core: Core;
  readonly #stateListeners = new Set<(state: AuthState) => void>();
  readonly #listeners: { [E in keyof ClientEvents]: Set<ClientEvents[E]> } = {
    login: new Set(),
    logout: new Set(),
    refreshed: new Set(),
    refreshFailed: new Set(),
    idleWarning: new Set(),
    stepUp: new Set(),
  };
  readonly #logger: ((event: LogEvent) => void) | undefined;
  /** One user less; whether there is none any more. */
  readonly #leave: () => boolean;
  #state: AuthState;

  constructor(core: Core, logger: ((event: LogEvent) => void) | undefined, leave: () => boolean) {
    this.#core = core;
    this.#logger = logger;
    this.#leave = leave;
    this.#state = published(core.state()) as AuthState;
    this.callback = callbackResult(core.callback());
    core.listen((name: string, detail: unknown) => this.#hear(name, detail));
  }

  get state(): AuthState {
    return this.#state;
  }

  subscribe(listener: (state: AuthState) => void): () => void {
    return added(this.#stateListeners, listener);
  }

  on<E extends keyof ClientEvents>(event: E, listener: ClientEvents[E]): () => void {
    const listeners = this.#listeners[event];
    if (!listeners) throw invalid(`event ${String(event)}`);
    return added(listeners, listener);
  }

  async loginWithRedirect(options: LoginOptions = {}): Promise<void> {
    await settled(this.#core.loginWithRedirect(withJsonState(options)));
  }

  async loginSilently(options: LoginOptions = {}): Promise<User | null> {
    const user = await settled(this.#core.loginSilently(withJsonState(options)));
    return published(user) as User | null;
  }

  async loginWithDevice(options: DeviceOptions): Promise<User> {
    const { onPrompt, scope, signal } = options ?? {};
    if (typeof onPrompt !== "function") throw invalid("onPrompt");
    if (scope !== undefined && typeof scope !== "string") throw invalid("scope");
    const tell = (prompt: unknown): void =>
      call(new Set([onPrompt]), published(prompt) as DevicePrompt);
    return published(await settled(this.#core.loginWithDevice(scope, tell, signal))) as User;
  }

  async handleRedirectCallback(url?: string): Promise<CallbackResult> {
    return callbackResult(await settled(this.#core.handleRedirectCallback(url)))!;
  }

  async getAccessToken(options: TokenOptions = {}): Promise<string> {
    const { signal, ...rest } = options;
    return unlessAborted(this.#core.getAccessToken(rest), signal);
  }

  async fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
    if (!(input instanceof Request)) refuseCredentials(new URL(input, document.baseURI));
    const request = new Request(input, init);
    const isStream = init?.body instanceof ReadableStream;
    return unlessAborted(this.#core.fetch(request, !isStream), request.signal);
  }

  async getUserInfo(): Promise<UserInfo> {
    return (await settled(this.#core.getUserInfo())) as UserInfo;
  }

  async refresh(): Promise<void> {
    await settled(this.#core.refresh());
  }

  async logout(options: LogoutOptions = {}): Promise<void> {
    await settled(this.#core.logout(options));
  }

  close(): void {
    if (this.#leave()) this.#core.close();
  }

  #hear(name: string, raw: unknown): void {
    const detail = published(raw);
    if (name === "state") {
      this.#state = detail as AuthState;
      call(this.#stateListeners, this.#state);
    } else if (name === "log") {
      call(new Set([this.#logger ?? ignore]), detail as LogEvent);
    } else {
      call(this.#listeners[name as keyof ClientEvents] as Set<(detail: unknown) => void>, detail);
    }
  }
}

function ignore(): void {}

/** One listener that throws must not keep the others from being told: its error is the page's. */
function call<T>(listeners: Set<(detail: T) => void>, detail: T): void {
  for (const listener of [...listeners]) {
    try {
      listener(detail);
    } catch (error) {
      reportError(error);
    }
  }
}

function added<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

async function settled<T>(promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (thrown) {
    throw asAuthError(thrown);
  }
}

/** Settles as `promise` does, unless `signal` aborts first. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return settled(promise);
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(aborted(signal.reason));
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    settled(promise)
      .then(resolve, reject)
      .finally(() => signal.removeEventListener("abort", abort));
  });
}

function aborted(reason: unknown): AuthError {
  const details = { code: "aborted", message: "the call was aborted", retryable: false } as const;
  return new AuthError(details, reason);
}

/** No `Request` can be made of such a URL, and the access token belongs to no such API. */
function refuseCredentials({ username, password }: URL): void {
  if (!username && !password) return;
  const message = "the URL is not covered by the apis option: it holds credentials";
  throw new AuthError({ code: "url_not_allowed", message, retryable: false });
}

function invalid(option: string): AuthError {
  const message = `the configuration is not valid: ${option}`;
  return new AuthError({ code: "invalid_config", message, retryable: false });
}

/** The options with their `appState` as JSON. */
function withJsonState({ appState, ...options }: LoginOptions): object {
  return appState === undefined ? options : { ...options, appState: asJson(appState) };
}

function asJson(appState: unknown): string {
  let json: string | undefined;
  try {
    json = JSON.stringify(appState);
  } catch {
    // A cycle or a BigInt: no JSON.
  }
  if (json === undefined) throw invalid("appState");
  return json;
}

function callbackResult(raw: unknown): CallbackResult | null {
  if (raw === null || raw === undefined) return null;
  const { appState, ...result } = published({ ...raw }) as CallbackResult;
  return appState === undefined ? result : { ...result, appState: JSON.parse(appState as string) };
}

/** Freezes what the core gives, its errors made into `AuthError`s. */
function published(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const object = value as Record<string, unknown>;
  for (const name of Object.keys(object)) {
    object[name] =
      name === "error" ? asAuthError(object[name] as AuthErrorDetails) : published(object[name]);
  }
  return Object.freeze(object);
}

function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
