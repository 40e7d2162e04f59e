import { endsAgain } from "../src/browser/ends.js";
import { AuthError, createClient } from "./index.js";
import type { AuthState, CallbackResult, Client, ClientConfig, LoginOptions } from "./index.js";
import { actionsOf, failedAuth, loadingAuth, runningAuth } from "./auth.js";
import type { AnonymousAuth, Auth } from "./auth.js";

/** A configuration, from which a client is made, or a client that its owner closes. */
export type AuthSource = ClientConfig | Client | PromiseLike<Client>;

/** What is done with the result of a login that the page was opened with. */
export type OnCallback = (result: CallbackResult) => void;

/** How `createAuth` is set up. */
export interface CreateAuthOptions {
  /**
   * Told the result of a login that the page was opened with, once. Default: the address becomes that of
   * `returnTo`.
   */
  onCallback?: OnCallback | undefined;
}

/** The session as components see it: what the adapters for React, Vue and Svelte have in common. */
export class AuthStore {
  readonly #source: AuthSource;
  readonly #listeners = new Set<() => void>();
  /** The client's methods. */
  readonly actions = actionsOf(
    () => this.#client,
    () => this.whenReady(),
  );
  /** What a server renders, and a browser until it has taken over what the server rendered. */
  readonly loading: Auth = loadingAuth(this.actions);
  #auth: Auth = this.loading;
  #client: Client | null = null;
  #ready = new Deferred<Client>();
  #connected = false;
  #leaving: Promise<void> | undefined;

  /** @throws {AuthError} `invalid_config` if `source` is neither a configuration nor a client */
  constructor(source: AuthSource) {
    if (typeof source !== "object" || source === null) throw invalidSource();
    this.#source = source;
    if (isClient(source)) this.#run(source);
  }

  get auth(): Auth {
    return this.#auth;
  }

  /** Calls `listener` after each change, until the function it returns is called. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  /** The client when it runs. Rejects if it can't start, and where there is no page. */
  whenReady(): Promise<Client> {
    const starts = this.#client !== null || this.#connected || typeof document !== "undefined";
    return starts ? this.#ready.promise : Promise.reject(noPage());
  }

  /**
   * Starts the client and follows it, until the function it returns is called.
   *
   * @param onCallback is called once for each login that a page was opened with, before anybody sees that
   *   the client runs
   */
  connect(onCallback: OnCallback = goToReturnTo): () => void {
    if (!isClient(this.#source) && this.#auth !== this.loading) this.#startAgain();
    this.#connected = true;
    let connected = true;
    let unsubscribe = (): void => {};
    const begin = (client: Client): void => {
      if (!connected) return;
      tellCallback(client, onCallback);
      unsubscribe = client.subscribe(() => this.#run(client));
      this.#run(client);
    };
    const fail = (why: unknown): void => {
      if (connected) this.#fail(asAuthError(why));
    };
    const close = this.#start(begin, fail);
    return () => {
      connected = false;
      this.#connected = false;
      unsubscribe();
      close();
    };
  }

  /** The same, but on a server nothing is started: only a client that the app has made is followed there. */
  connectInBrowser(onCallback?: OnCallback): () => void {
    const source = this.#source;
    const starts = typeof document !== "undefined" || isClient(source) || isPromise(source);
    return starts ? this.connect(onCallback) : ignore;
  }

  /**
   * For what only a user may see. Gives true if somebody is logged in. Otherwise leaves for the login, and
   * then settles only if that fails; or gives false where a login has to be asked for: see
   * {@link logsInByItself}.
   */
  async requireLogin(options?: LoginOptions): Promise<boolean> {
    await this.whenReady();
    if (this.#auth.status === "authenticated") return true;
    if (this.#auth.status !== "anonymous" || !logsInByItself(this.#auth)) return false;
    await this.leaveForLogin(options);
    return false;
  }

  /**
   * Leaves for the login and comes back to this page, or to `returnTo`. Settles only if that fails: with
   * `aborted` when the user comes back without having logged in. Callers share one login.
   */
  leaveForLogin(options?: LoginOptions): Promise<void> {
    this.#leaving ??= this.#leave({ returnTo: location.href, ...options }).finally(() => {
      this.#leaving = undefined;
    });
    return this.#leaving;
  }

  async #leave(options: LoginOptions): Promise<void> {
    const client = await this.whenReady();
    const comingBack = new Deferred<never>();
    const back = ({ persisted }: PageTransitionEvent): void => {
      if (persisted) comingBack.reject(cameBack());
    };
    addEventListener("pageshow", back);
    try {
      await Promise.race([client.loginWithRedirect(options), comingBack.promise]);
    } finally {
      removeEventListener("pageshow", back);
    }
  }

  /** Gets the client of the source going; the function that it gives closes what it has made. */
  #start(begin: (client: Client) => void, fail: (why: unknown) => void): () => void {
    const source = this.#source;
    if (isClient(source)) {
      begin(source);
      return ignore;
    }
    if (isPromise(source)) {
      source.then(begin, fail);
      return ignore;
    }
    const made = createClient(source);
    made.then(begin, fail);
    // Later, so that whoever connects again at once is given the same client, which went on meanwhile:
    // StrictMode and hot reload do so.
    return () => void made.then((client) => client.close(), ignore);
  }

  /** What was seen last stays until the client runs again, which it does at once if it went on meanwhile. */
  #startAgain(): void {
    this.#client = null;
    this.#ready = new Deferred();
  }

  #run(client: Client): void {
    const { client: before, state } = this.#auth;
    if (before === client && state === client.state) return;
    noteEnd(client.state);
    this.#client = client;
    this.#ready.resolve(client);
    this.#show(runningAuth(this.actions, client));
  }

  #fail(error: AuthError): void {
    this.#client = null;
    this.#ready.reject(error);
    this.#show(failedAuth(this.actions, error));
  }

  #show(auth: Auth): void {
    this.#auth = auth;
    for (const listener of [...this.#listeners]) listener();
  }
}

/**
 * Whether what only a user may see leaves for the login by itself: if nobody was logged in yet, or the
 * server ended the session.
 *
 * Not after a logout or a time without input, as the server's own session could undo it without a word;
 * not after a login that failed, as it could fail for ever; and for the same reason not if the server has
 * ended a session for the second time within a minute.
 */
export function logsInByItself({ state }: AnonymousAuth): boolean {
  return state.reason === "never" || followsAtOnce.get(state) === false;
}

/** The ends by the server that were seen here: whether each followed at once from another. */
const followsAtOnce = new WeakMap<AuthState, boolean>();

function noteEnd(state: AuthState): void {
  const isEnd =
    state.status === "anonymous" && (state.reason === "expired" || state.reason === "revoked");
  if (isEnd && !followsAtOnce.has(state)) followsAtOnce.set(state, endsAgain());
}

/** Goes to where the login was begun, without loading the page again; routers hear of it. */
export function goToReturnTo({ returnTo }: CallbackResult): void {
  if (returnTo === undefined || typeof history === "undefined" || returnTo === location.href)
    return;
  history.replaceState(null, "", returnTo);
  dispatchEvent(new PopStateEvent("popstate", { state: null }));
}

const told = new WeakSet<CallbackResult>();

function tellCallback({ callback }: Client, onCallback: OnCallback): void {
  if (!callback || told.has(callback)) return;
  told.add(callback);
  onCallback(callback);
}

/** A promise and its ends. Whether anybody waits for it or not, its rejection is not an error of the page. */
class Deferred<T> {
  resolve!: (value: T) => void;
  reject!: (why: unknown) => void;
  readonly promise = new Promise<T>((resolve, reject) => {
    this.resolve = resolve;
    this.reject = reject;
  });

  constructor() {
    this.promise.catch(ignore);
  }
}

function isPromise(source: AuthSource): source is PromiseLike<Client> {
  return typeof (source as PromiseLike<Client>).then === "function";
}

function isClient(source: AuthSource): source is Client {
  return typeof (source as Client).subscribe === "function";
}

function asAuthError(why: unknown): AuthError {
  if (why instanceof AuthError) return why;
  const message = "the client could not be started";
  return new AuthError({ code: "unsupported", message, retryable: false }, why);
}

function invalidSource(): AuthError {
  const message = "the configuration is not valid: it has to be a ClientConfig or a Client";
  return new AuthError({ code: "invalid_config", message, retryable: false });
}

function noPage(): AuthError {
  const message = "nobody can log in where there is no page, as on a server";
  return new AuthError({ code: "unsupported", message, retryable: false });
}

function cameBack(): AuthError {
  const message = "the user came back from the login page";
  return new AuthError({ code: "aborted", message, retryable: true });
}

function ignore(): void {}
