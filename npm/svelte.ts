import type { Auth, AuthActions } from "./auth.js";
import { AuthStore } from "./auth_store.js";
import type { AuthSource, CreateAuthOptions } from "./auth_store.js";
import type { Client, LoginOptions } from "./index.js";

export type {
  AnonymousAuth,
  Auth,
  AuthActions,
  AuthenticatedAuth,
  FailedAuth,
  LoadingAuth,
} from "./auth.js";
export type { AuthSource, CreateAuthOptions, OnCallback } from "./auth_store.js";

/** The session of an app: a Svelte store, and the client's methods. */
export interface SvelteAuth extends AuthActions {
  /** Calls `run` with the session now and after each change, until the function it returns is called. */
  subscribe(run: (auth: Auth) => void): () => void;
  /** The client when it runs. Rejects if it can't start. */
  readonly ready: Promise<Client>;
  /**
   * For what only a user may see: gives true if somebody is logged in. Otherwise leaves for the login, comes
   * back to this page or to `returnTo`, and settles only if that fails; or gives false where a login has to
   * be asked for: after a logout, a time without input, a login that failed, or when the server has ended a
   * session for the second time within a minute.
   */
  requireLogin(options?: LoginOptions): Promise<boolean>;
  /** Stops the client. */
  close(): void;
}

/**
 * The session of an app, made once, in a module of its own. The client starts at once; on a server it does
 * not start, and components see `loading`.
 *
 * ```svelte
 * {#if $auth.user}Hello, {$auth.user.name}{/if}
 * ```
 *
 * @param source a configuration, or a client that the app has made and closes itself
 * @throws {AuthError} `invalid_config` if `source` is neither
 */
export function createAuth(source: AuthSource, options: CreateAuthOptions = {}): SvelteAuth {
  const store = new AuthStore(source);
  const close = store.connectInBrowser(options.onCallback);
  return {
    ...store.actions,
    subscribe(run) {
      run(store.auth);
      return store.subscribe(() => run(store.auth));
    },
    get ready() {
      return store.whenReady();
    },
    requireLogin: (login) => store.requireLogin(login),
    close,
  };
}
