import type {
  AnonymousReason,
  AuthError,
  AuthErrorCode,
  AuthState,
  CallbackResult,
  Client,
  ClientEvents,
  DeviceOptions,
  LoginOptions,
  LogoutOptions,
  PopupOptions,
  TokenOptions,
  User,
  UserInfo,
} from "./index.js";
import { checkTestClientOptions, frozen, userOf } from "./test_client_options.js";
import type { TestClientOptions, TestUser } from "./test_client_options.js";
import { authError, invalidConfig, notAuthenticated } from "./test_error.js";
import { checkOptions, isReason, pageUrl, shapes } from "./test_options.js";
import { TestScript } from "./test_script.js";
import type { TestCall, TestMethod } from "./test_script.js";

/** A {@link Client} for unit tests, told what happens by the test. Made by {@link createTestClient}. */
export interface TestClient extends Client {
  /** What was called, the first first. */
  readonly calls: readonly TestCall[];
  /** The arguments of each call of `method`. */
  callsOf<M extends TestMethod>(method: M): Parameters<Client[M]>[];
  /** Lets the next call of `method` be rejected; called several times, as many calls. */
  failNext(method: TestMethod, error: AuthError | AuthErrorCode): void;
  /** Whether `close` was called. */
  readonly closed: boolean;

  /** What the clock shows, in milliseconds since the epoch. It moves by {@link TestClient.advance} only. */
  readonly now: number;
  /**
   * Moves the clock by so many seconds. An access token that gets within 30 seconds of its expiry is renewed,
   * as by the client itself; if `refresh` is to fail, it is not, and `refreshFailed` is told.
   */
  advance(seconds: number): void;

  /** Who logs in next by `loginWithPopup`, `loginSilently` and `loginWithDevice`; `null`: nobody. */
  loginAs: TestUser | null;
  /** Somebody is logged in, as by a login in another tab. */
  logIn(user: TestUser): void;
  /** The session is over, as by the server or another tab. Default `revoked`. */
  endSession(reason?: AnonymousReason, error?: AuthError): void;
  /** Another tab has renewed the access token. */
  refreshElsewhere(): void;
  /** Tells an event to its listeners, and changes nothing. */
  emit<E extends keyof ClientEvents>(event: E, ...detail: Parameters<ClientEvents[E]>): void;
}

const REFRESH_AHEAD_MS = 30_000;
const EVENTS: readonly string[] = [
  "login",
  "logout",
  "refreshed",
  "refreshFailed",
  "idleWarning",
  "stepUp",
] satisfies (keyof ClientEvents)[];

/**
 * A client for unit tests: no wasm, no server, no DOM, and a clock of its own. It does what the real one
 * does as far as one tab can see, and the test does what the server and other tabs would.
 *
 * ```ts
 * const client = createTestClient({ user: { sub: "alice", name: "Alice" } });
 * client.failNext("getAccessToken", "network");
 * client.endSession("logged_out_elsewhere");
 * ```
 *
 * What leaves the page in earnest does not settle here either: `loginWithRedirect`, and `logout` unless it
 * is `local`. They are in `calls`.
 *
 * @throws {AuthError} `invalid_config`, with the name of the option that is wrong or unknown
 */
export function createTestClient(options: TestClientOptions = {}): TestClient {
  return new ScriptedClient(options);
}

class ScriptedClient implements TestClient {
  readonly callback: CallbackResult | null;
  loginAs: TestUser | null;
  readonly #options: TestClientOptions;
  readonly #script = new TestScript();
  readonly #stateListeners = new Set<(state: AuthState) => void>();
  readonly #listeners = new Map<string, Set<(detail: never) => void>>();
  #state: AuthState;
  #now: number;
  #tokens = 0;
  #token = "";
  #closed = false;

  constructor(options: TestClientOptions) {
    checkTestClientOptions(options);
    this.#options = options ?? {};
    this.#now = options.now ?? Date.now();
    this.loginAs = options.loginAs ?? null;
    this.callback = options.callback ? frozen({ ...options.callback }) : null;
    const { user, reason = "never", error } = this.#options;
    this.#state = user ? this.#sessionOf(userOf(user, this.#now)) : anonymous(reason, error);
  }

  get state(): AuthState {
    return this.#state;
  }

  get calls(): readonly TestCall[] {
    return this.#script.calls;
  }

  get closed(): boolean {
    return this.#closed;
  }

  get now(): number {
    return this.#now;
  }

  callsOf<M extends TestMethod>(method: M): Parameters<Client[M]>[] {
    const calls = this.calls.filter((call) => call.method === method);
    return calls.map(({ args }) => args as unknown as Parameters<Client[M]>);
  }

  failNext(method: TestMethod, error: AuthError | AuthErrorCode): void {
    if (typeof this[method] !== "function") throw invalidConfig(`method ${String(method)}`);
    this.#script.fail(method, typeof error === "string" ? authError(error) : error);
  }

  subscribe(listener: (state: AuthState) => void): () => void {
    checkListener(listener);
    return added(this.#stateListeners, listener);
  }

  on<E extends keyof ClientEvents>(event: E, listener: ClientEvents[E]): () => void {
    if (!EVENTS.includes(event)) throw invalidConfig(`event ${String(event)}`);
    checkListener(listener);
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners);
    return added(listeners, listener);
  }

  async loginWithRedirect(options?: LoginOptions): Promise<void> {
    await this.#called("loginWithRedirect", [options], () => checkOptions(options, shapes.login));
    return theNextPage();
  }

  async loginWithPopup(options?: PopupOptions): Promise<User> {
    await this.#called("loginWithPopup", [options], () => checkOptions(options, shapes.popup));
    if (!this.loginAs) throw authError("popup_closed");
    return this.#logIn(this.loginAs);
  }

  async loginSilently(options?: LoginOptions): Promise<User | null> {
    await this.#called("loginSilently", [options], () => checkOptions(options, shapes.login));
    return this.loginAs ? this.#logIn(this.loginAs) : null;
  }

  async loginWithDevice(options: DeviceOptions): Promise<User> {
    await this.#called("loginWithDevice", [options], () => {
      checkOptions(options, shapes.device);
      if (!options?.onPrompt) throw invalidConfig("onPrompt");
    });
    const verificationUri = "https://test.example/device";
    options.onPrompt(
      frozen({ userCode: "TEST-CODE", verificationUri, expiresAt: this.#now + 600_000 }),
    );
    if (!this.loginAs) throw authError("device_expired");
    return this.#logIn(this.loginAs);
  }

  async handleRedirectCallback(url?: string): Promise<CallbackResult> {
    await this.#called("handleRedirectCallback", [url], () => {
      if (typeof (url ?? "") !== "string") throw invalidConfig("url");
    });
    if (!this.callback) throw authError("callback_invalid");
    return this.callback;
  }

  async getAccessToken(options?: TokenOptions): Promise<string> {
    await this.#called("getAccessToken", [options], () => checkOptions(options, shapes.token));
    throwIfAborted(options?.signal);
    return this.#goodToken(options);
  }

  async fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
    await this.#called("fetch", [input, init]);
    const isRequest = input instanceof Request;
    const request = new Request(isRequest ? input : new URL(input, pageUrl()), init);
    throwIfAborted(request.signal);
    const answer = this.#apiOf(new URL(request.url));
    if (!answer) throw authError("url_not_allowed");
    const scheme = this.#options.sender === "dpop" ? "DPoP" : "Bearer";
    request.headers.set("Authorization", `${scheme} ${this.#goodToken()}`);
    return answer(request);
  }

  async getUserInfo(): Promise<UserInfo> {
    await this.#called("getUserInfo", []);
    if (this.#state.status === "anonymous") throw notAuthenticated();
    return this.#options.userInfo ?? this.#state.user.claims;
  }

  async refresh(): Promise<void> {
    await this.#called("refresh", []);
    if (this.#state.status === "anonymous") throw notAuthenticated();
    this.#refresh("this_tab");
  }

  async logout(options?: LogoutOptions): Promise<void> {
    await this.#called("logout", [options], () => checkOptions(options, shapes.logout));
    this.endSession("logged_out");
    if (!options?.local) return theNextPage();
  }

  close(): void {
    this.#script.record("close", []);
    this.#closed = true;
  }

  advance(seconds: number): void {
    if (!Number.isFinite(seconds) || seconds < 0) throw invalidConfig("seconds");
    this.#now += seconds * 1000;
    if (this.#state.status === "anonymous" || !this.#expiresWithin(REFRESH_AHEAD_MS)) return;
    try {
      this.#script.failIfScripted("refresh");
      this.#refresh("this_tab");
    } catch (error) {
      this.emit("refreshFailed", { error: error as AuthError, retryAt: this.#now + 1000 });
    }
  }

  logIn(user: TestUser): void {
    this.#logIn(user);
  }

  endSession(reason: AnonymousReason = "revoked", error?: AuthError): void {
    if (!isReason(reason)) throw invalidConfig("reason");
    if (this.#state.status === "anonymous") return;
    this.#become(anonymous(reason, error));
    this.emit("logout", reason);
  }

  refreshElsewhere(): void {
    if (this.#state.status === "authenticated") this.#refresh("another_tab");
  }

  emit<E extends keyof ClientEvents>(event: E, ...[detail]: Parameters<ClientEvents[E]>): void {
    if (!EVENTS.includes(event)) throw invalidConfig(`event ${String(event)}`);
    tell(this.#listeners.get(event) ?? new Set(), detail as never);
  }

  /** Every method is asynchronous and can be told to fail; a wrong option goes before that. */
  async #called(method: TestMethod, args: unknown[], check: () => void = () => {}): Promise<void> {
    while (args.length > 0 && args.at(-1) === undefined) args.pop();
    this.#script.record(method, args);
    check();
    await undefined;
    this.#script.failIfScripted(method);
  }

  #logIn(claims: TestUser): User {
    const user = userOf(claims, this.#now);
    this.#become(this.#sessionOf(user));
    this.emit("login", user);
    return user;
  }

  #refresh(by: "this_tab" | "another_tab"): void {
    if (this.#state.status === "anonymous") return;
    const state = this.#sessionOf(this.#state.user);
    this.#become(state);
    this.emit("refreshed", frozen({ expiresAt: state.expiresAt, by }));
  }

  #goodToken({ minValidity = 0, forceRefresh = false }: TokenOptions = {}): string {
    if (this.#state.status === "anonymous") throw notAuthenticated();
    if (forceRefresh || this.#expiresWithin(minValidity * 1000)) this.#refresh("this_tab");
    return this.#token;
  }

  #expiresWithin(milliseconds: number): boolean {
    return (
      this.#state.status === "authenticated" && this.#state.expiresAt - this.#now <= milliseconds
    );
  }

  /** A session with the next access token. */
  #sessionOf(user: User): Extract<AuthState, { status: "authenticated" }> {
    const { tokens, scope = "openid", sender = "bearer", tokenLifetime = 300 } = this.#options;
    this.#tokens += 1;
    this.#token = tokens?.[this.#tokens - 1] ?? tokens?.at(-1) ?? `test-token-${this.#tokens}`;
    const expiresAt = this.#now + tokenLifetime * 1000;
    return frozen({
      status: "authenticated",
      user,
      scope: scope.split(" "),
      expiresAt,
      sender,
    });
  }

  #apiOf(url: URL): ((request: Request) => Response | Promise<Response>) | undefined {
    const apis = Object.entries(this.#options.apis ?? {});
    return apis.find(([prefix]) => isCovered(url, new URL(prefix, pageUrl())))?.[1];
  }

  #become(state: AuthState): void {
    this.#state = state;
    if (!this.#closed) tell(this.#stateListeners, state);
  }
}

function checkListener(listener: unknown): void {
  if (typeof listener !== "function") throw invalidConfig("listener");
}

function anonymous(reason: AnonymousReason, error: AuthError | undefined): AuthState {
  return frozen({ status: "anonymous", reason, ...(error && { error }) });
}

/** Whether `url` has the origin of `prefix` and a path that begins with its, at a segment boundary. */
function isCovered(url: URL, prefix: URL): boolean {
  const path = prefix.pathname.replace(/\/$/, "");
  const isInside = url.pathname === path || url.pathname.startsWith(`${path}/`);
  return url.origin === prefix.origin && isInside;
}

/** The page is left: nothing that waits for it goes on here. */
function theNextPage(): Promise<never> {
  return new Promise(() => {});
}

function throwIfAborted(signal: AbortSignal | null | undefined): void {
  if (!signal?.aborted) return;
  throw authError("aborted", { message: "the call was aborted", cause: signal.reason });
}

function added<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** One listener that throws must not keep the others from being told: its error is the test's. */
function tell<T>(listeners: Set<(detail: T) => void>, detail: T): void {
  for (const listener of [...listeners]) {
    try {
      listener(detail);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}
