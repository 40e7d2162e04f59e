import { AuthError, asAuthError, errorOf, invalidOption, settled } from "./auth_error.js";
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
import { loadRest } from "./core.js";
import type { Core } from "./core.js";
import { described, describedCallback, describedFailure } from "./log_event.js";
import type { Mistake, Warnings } from "./mistake.js";
import * as shapes from "./option_shapes.js";
import {
  checked,
  forCore,
  isGiven,
  loginForCore,
  optionalUrl,
  requestOf,
  requireFunction,
} from "./options.js";
import { callbackOfPopup, openPopup } from "./popup.js";

/** What is told of a client besides its listeners. */
interface ClientParts {
  readonly logger: ((event: LogEvent) => void) | undefined;
  readonly warnings: Warnings;
}

/** Starts the core, which then tells `listener` what happens. */
type StartCore = (listener: (event: string) => void) => Promise<Core>;

/** The public shape of the core: plain objects become states and errors, promises settle as documented. */
export class WasmClient implements Client {
  readonly #start: StartCore;
  #running: Promise<Core> | undefined;
  /** The core that runs. */
  #core: Core | undefined;
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
  /** There is one before anybody sees the client. */
  #state!: AuthState;
  /** Whether the core has told a state, as it does first of all. */
  #isTold = false;
  #callback: CallbackResult | null = null;
  /** A logout was asked for: who asks for a token after it comes after it. */
  #isLeaving = false;

  constructor({ logger, warnings }: ClientParts, leave: () => boolean, start: StartCore) {
    this.#logger = logger ?? ignore;
    this.#warnings = warnings;
    this.#leave = leave;
    this.#start = start;
  }

  /** The core, which is started if it does not run: once more after a start that failed. */
  run(): Promise<Core> {
    this.#running ??= this.#begin().catch((error: unknown) => {
      this.#running = undefined;
      this.#suspect(error as AuthError);
      this.#log(describedFailure(error as AuthError));
      throw error;
    });
    return this.#running;
  }

  async #begin(): Promise<Core> {
    const core = await this.#start((event) => this.#hear(event));
    this.#core = core;
    this.#suspect(this.#callback?.error);
    if (this.#closing.signal.aborted) core.close();
    return core;
  }

  /** Nobody is logged in, as is known before the core runs. */
  beAnonymous(): void {
    this.#state ??= NOBODY;
  }

  get state(): AuthState {
    return this.#state;
  }

  get callback(): CallbackResult | null {
    return this.#callback;
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
    await this.#call("loginWithRedirect", loginForCore(checked(options, shapes.login)));
  }

  async loginWithPopup(options?: PopupOptions): Promise<User> {
    const { timeout, popup, ...asked } = checked(options, shapes.popup);
    const login = loginForCore(asked);
    const wrong = this.#core?.checkLogin(login);
    if (wrong) throw asAuthError(wrong);
    const opened = openPopup(popup, timeout);
    const begin = async (): Promise<string> =>
      (await this.#ready()).call("loginInOtherWindow", login, undefined);
    const callback = callbackOfPopup(begin, opened, this.#closing.signal);
    const { user, error } = await this.handleRedirectCallback(await this.#settled(callback));
    if (error) throw error;
    if (!user || this.#state.status === "anonymous") throw ended();
    return user;
  }

  async loginSilently(options?: LoginOptions): Promise<User | null> {
    const login = loginForCore(checked(options, shapes.login));
    const user = await this.#call("loginSilently", login);
    return user === undefined ? null : (published(user) as User);
  }

  async loginWithDevice(options: DeviceOptions): Promise<User> {
    const { onPrompt, scope, signal } = checked(options, shapes.device);
    requireFunction(onPrompt, "onPrompt");
    if (signal?.aborted) throw aborted(signal.reason);
    const tell = (prompt: string): void =>
      call(new Set([onPrompt!]), published(prompt) as DevicePrompt);
    const user = await this.#call("loginWithDevice", forCore({ scope }), { signal, tell });
    return published(user) as User;
  }

  async handleRedirectCallback(url?: string): Promise<CallbackResult> {
    const handled = this.#call("handleRedirectCallback", "{}", optionalUrl(url));
    const result = callbackResult(published(await handled));
    if (result.error) this.#log(describedCallback(result));
    this.#suspect(result.error);
    return result;
  }

  async getAccessToken(options?: TokenOptions): Promise<string> {
    const mayBeAtHand = !isGiven(options) && !this.#isLeaving;
    const atHand = mayBeAtHand ? (this.#core?.tokenAtHand() as string | undefined) : undefined;
    const token = atHand ?? (await this.#askForToken(options));
    const isBound = this.#state.status === "authenticated" && this.#state.sender === "dpop";
    if (isBound) this.#warnings.warn("bound-token");
    return token;
  }

  async fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
    const request = requestOf(input, init);
    // A stream can't be sent again.
    const method = init?.body instanceof ReadableStream ? "fetchOnce" : "fetch";
    const answered = this.#call<Response>(method, "{}", request);
    return unlessAborted(answered, request.signal);
  }

  async getUserInfo(): Promise<UserInfo> {
    return JSON.parse(await this.#call("getUserInfo"));
  }

  async refresh(): Promise<void> {
    await this.#call("refresh");
  }

  async logout(options?: LogoutOptions): Promise<void> {
    this.#isLeaving = true;
    try {
      await this.#call("logout", forCore(checked(options, shapes.logout)));
    } finally {
      this.#isLeaving = false;
    }
  }

  close(): void {
    if (!this.#leave()) return;
    this.#closing.abort();
    this.#core?.close();
  }

  async #askForToken(options: TokenOptions | undefined): Promise<string> {
    const { signal, ...asked } = checked(options, shapes.token);
    const ask = async (): Promise<string> => {
      // As the logout does, which goes first.
      const core = this.#isLeaving ? await this.#ready() : (this.#core ?? (await this.run()));
      return this.#settled(core.accessToken(forCore(asked)));
    };
    return unlessAborted(ask(), signal);
  }

  async #call<T = string>(method: string, options = "{}", value?: unknown): Promise<T> {
    const core = await this.#ready();
    return this.#settled(core.call(method, options, value));
  }

  /** The core, with all of the wasm. */
  async #ready(): Promise<Core> {
    const core = this.#core ?? (await this.run());
    await loadRest();
    return core;
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
    if (error && this.#state?.status !== "authenticated") this.#warnings.suspect(error);
  }

  #hear(event: string): void {
    const { name, detail } = published(event) as { name: string; detail: unknown };
    if (name === "state") {
      this.#become(detail as AuthState);
    } else if (name === "callback") {
      this.#callback = callbackResult(detail);
      // Nobody could listen yet, but the logger can hear of it.
      this.#log(describedCallback(this.#callback));
    } else if (name === "log") {
      this.#log(detail as LogEvent);
    } else if (name === "mistake") {
      this.#warnings.warn(detail as Mistake);
    } else {
      this.#tell(name as keyof ClientEvents, detail);
    }
  }

  #tell(event: keyof ClientEvents, detail: unknown): void {
    this.#log(described(event, detail));
    call(this.#listeners[event] as Set<(detail: unknown) => void>, detail);
  }

  #become(state: AuthState): void {
    const wasPresumed = this.#state === NOBODY && !this.#isTold;
    this.#isTold = true;
    if (wasPresumed && isNobody(state)) return;
    this.#state = state;
    call(this.#stateListeners, state);
    // The core does not tell what happened before.
    if (wasPresumed && state.status === "authenticated") this.#tell("login", state.user);
  }

  #log(event: LogEvent): void {
    call(new Set([this.#logger]), event);
  }
}

/** What is known of a visitor without a session before the core runs. */
const NOBODY: AuthState = Object.freeze({ status: "anonymous", reason: "never" });

function isNobody(state: AuthState): boolean {
  return state.status === "anonymous" && state.reason === "never" && !state.error;
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
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | null | undefined): Promise<T> {
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

/** The login was finished, but by another window, which keeps its session for itself. */
function ended(): AuthError {
  const message = "the session has ended";
  return new AuthError({ code: "session_ended", message, retryable: false });
}

function aborted(reason: unknown): AuthError {
  const details = { code: "aborted", message: "the call was aborted", retryable: false } as const;
  return new AuthError(details, reason);
}

function callbackResult(given: unknown): CallbackResult {
  const { appState, ...result } = given as CallbackResult;
  return appState === undefined ? result : { ...result, appState: JSON.parse(appState as string) };
}

/** What the core gives, frozen, an error in it made into an `AuthError`. */
function published(json: string): unknown {
  return JSON.parse(json, (name, value: unknown) =>
    name === "error" && isDetails(value) ? errorOf(value) : Object.freeze(value),
  );
}

function isDetails(value: unknown): value is AuthErrorDetails {
  return Object(value).retryable !== undefined;
}
