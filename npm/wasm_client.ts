import { AuthError, asAuthError, invalidOption, settled } from "./auth_error.js";
import type { AuthErrorDetails } from "./auth_error.js";
import type { AuthState, CallbackResult, User, UserInfo } from "./auth_state.js";
import type { Client, ClientEvents } from "./client.js";
import type {
  DeviceOptions,
  DevicePrompt,
  LogEvent,
  LoginOptions,
  LogoutOptions,
  PopupOptions,
  TokenOptions,
} from "./client_config.js";
import type { Core } from "./core.js";
import { described } from "./log_event.js";
import type { Mistake, Warnings } from "./mistake.js";
import {
  isGiven,
  optionalUrl,
  optionsGiven,
  requestOf,
  requireFunction,
  requireJson,
  requireSignal,
  withJsonState,
} from "./options.js";
import { callbackOfPopup, openPopup } from "./popup.js";

/** What is told of a client besides its listeners. */
interface ClientParts {
  readonly logger: ((event: LogEvent) => void) | undefined;
  readonly warnings: Warnings;
}

/** The public shape of the core: plain objects become states and errors, promises settle as documented. */
export class WasmClient implements Client {
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
  readonly #logger: (event: LogEvent) => void;
  readonly #warnings: Warnings;
  /** One user less; whether there is none any more. */
  readonly #leave: () => boolean;
  readonly #closing = new AbortController();
  #state: AuthState;
  /** A logout was asked for: who asks for a token after it comes after it. */
  #isLeaving = false;

  constructor(core: Core, { logger, warnings }: ClientParts, leave: () => boolean) {
    this.#core = core;
    this.#logger = logger ?? ignore;
    this.#warnings = warnings;
    this.#leave = leave;
    this.#state = published(core.state()) as AuthState;
    this.callback = callbackResult(core.callback());
    this.#suspect(this.callback?.error);
    core.listen((name: string, detail: unknown) => this.#hear(name, detail));
  }

  get state(): AuthState {
    return this.#state;
  }

  subscribe(listener: (state: AuthState) => void): () => void {
    requireFunction(listener, "listener");
    return added(this.#stateListeners, listener);
  }

  on<E extends keyof ClientEvents>(event: E, listener: ClientEvents[E]): () => void {
    const listeners = this.#listeners[event];
    if (!listeners) throw invalidOption(`event ${String(event)}`);
    requireFunction(listener, "listener");
    return added(listeners, listener);
  }

  async loginWithRedirect(options?: LoginOptions): Promise<void> {
    const login = requireJson(withJsonState(options));
    await this.#settled(this.#core.loginWithRedirect(login));
  }

  async loginWithPopup(options?: PopupOptions): Promise<User> {
    const { timeout, popup, ...login } = withJsonState(options);
    checked(() => this.#core.checkLogin(requireJson(login)));
    const opened = openPopup(popup, timeout);
    const callback = callbackOfPopup(this.#core, login, opened, this.#closing.signal);
    const { user, error } = await this.handleRedirectCallback(await this.#settled(callback));
    if (error) throw error;
    if (!user || this.#state.status === "anonymous") throw ended();
    return user;
  }

  async loginSilently(options?: LoginOptions): Promise<User | null> {
    const login = requireJson(withJsonState(options));
    const user = await this.#settled(this.#core.loginSilently(login));
    return published(user) as User | null;
  }

  async loginWithDevice(options: DeviceOptions): Promise<User> {
    const { onPrompt, scope, signal, ...unknown } = optionsGiven(options, "options");
    requireFunction(onPrompt, "onPrompt");
    if (isGiven(scope) && typeof scope !== "string") throw invalidOption("scope");
    requireSignal(signal);
    for (const option of Object.keys(unknown)) throw invalidOption(option);
    const tell = (prompt: unknown): void =>
      call(new Set([onPrompt!]), published(prompt) as DevicePrompt);
    const login = this.#core.loginWithDevice(scope, tell, signal);
    return published(await this.#settled(login)) as User;
  }

  async handleRedirectCallback(url?: string): Promise<CallbackResult> {
    const handled = this.#core.handleRedirectCallback(optionalUrl(url));
    const result = callbackResult(await this.#settled(handled))!;
    this.#suspect(result.error);
    return result;
  }

  async getAccessToken(options?: TokenOptions): Promise<string> {
    const mayBeAtHand = !isGiven(options) && !this.#isLeaving;
    const atHand = mayBeAtHand ? (this.#core.tokenAtHand() as string | undefined) : undefined;
    const token = atHand ?? (await this.#askForToken(options));
    const isBound = this.#state.status === "authenticated" && this.#state.sender === "dpop";
    if (isBound) this.#warnings.warn("bound-token");
    return token;
  }

  async fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
    const request = requestOf(input, init);
    const isStream = init?.body instanceof ReadableStream;
    const answered = this.#settled(this.#core.fetch(request, !isStream));
    return unlessAborted(answered, request.signal);
  }

  async getUserInfo(): Promise<UserInfo> {
    return (await this.#settled(this.#core.getUserInfo())) as UserInfo;
  }

  async refresh(): Promise<void> {
    await this.#settled(this.#core.refresh());
  }

  async logout(options?: LogoutOptions): Promise<void> {
    this.#isLeaving = true;
    try {
      await this.#settled(this.#core.logout(requireJson(optionsGiven(options, "options"))));
    } finally {
      this.#isLeaving = false;
    }
  }

  close(): void {
    if (!this.#leave()) return;
    this.#core.close();
    this.#closing.abort();
  }

  async #askForToken(options: TokenOptions | undefined): Promise<string> {
    const { signal, ...rest } = optionsGiven(options, "options");
    requireSignal(signal);
    const asked = this.#settled(this.#core.getAccessToken(requireJson(rest)));
    return unlessAborted(asked, signal);
  }

  async #settled<T>(promise: Promise<T>): Promise<T> {
    try {
      return await settled(promise);
    } catch (error) {
      this.#suspect(error as AuthError);
      throw error;
    }
  }

  /** Where somebody is logged in the set-up is right, and an error has another cause. */
  #suspect(error: AuthErrorDetails | undefined): void {
    if (error && this.#state.status === "anonymous") this.#warnings.suspect(error);
  }

  #hear(name: string, raw: unknown): void {
    const detail = published(raw);
    if (name === "state") {
      this.#state = detail as AuthState;
      call(this.#stateListeners, this.#state);
    } else if (name === "log") {
      this.#log(detail as LogEvent);
    } else if (name === "mistake") {
      this.#warnings.warn(detail as Mistake);
    } else {
      this.#log(described(name as keyof ClientEvents, detail));
      call(this.#listeners[name as keyof ClientEvents] as Set<(detail: unknown) => void>, detail);
    }
  }

  #log(event: LogEvent): void {
    call(new Set([this.#logger]), event);
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

/** What the core throws at once, as an `AuthError`. */
function checked(check: () => void): void {
  try {
    check();
  } catch (thrown) {
    throw asAuthError(thrown);
  }
}

/** The login was finished, but by another window, which keeps its session for itself. */
function ended(): AuthError {
  const message = "the session has ended";
  return new AuthError({ code: "session_ended", message, retryable: false });
}

function aborted(reason: unknown): AuthError {
  const details = { code: "aborted", message: "the call was aborted", retryable: false } as const;
  return new AuthError(details, reason);
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
