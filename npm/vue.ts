import { computed, inject, shallowRef } from "vue";
import type { App, ComputedRef, InjectionKey, ShallowRef } from "vue";
import type { Auth, AuthActions } from "./auth.js";
import { AuthStore } from "./auth_store.js";
import type { AuthSource, CreateAuthOptions } from "./auth_store.js";
import type { Client } from "./index.js";
import { guardRoutes } from "./vue_guard.js";
import type { GuardedRouter, GuardOptions } from "./vue_guard.js";

export type {
  AnonymousAuth,
  Auth,
  AuthActions,
  AuthenticatedAuth,
  FailedAuth,
  LoadingAuth,
} from "./auth.js";
export type { AuthSource, CreateAuthOptions, OnCallback } from "./auth_store.js";
export type { GuardedRoute, GuardedRouter, GuardOptions } from "./vue_guard.js";

/** The session as refs, and the client's methods. */
export interface AuthRefs extends AuthActions {
  /** All of it at once, told apart by its `status`. */
  readonly auth: ComputedRef<Auth>;
  readonly status: ComputedRef<Auth["status"]>;
  /** Whether the client still starts. */
  readonly loading: ComputedRef<boolean>;
  readonly state: ComputedRef<Auth["state"]>;
  readonly user: ComputedRef<Auth["user"]>;
  /** Why the client can't start, or what went wrong with the session. */
  readonly error: ComputedRef<Auth["error"]>;
  readonly client: ComputedRef<Client | null>;
}

/** The session of an app: a plugin. */
export interface AuthPlugin extends AuthRefs {
  install(app: App): void;
  /** The client when it runs. Rejects if it can't start. */
  readonly ready: Promise<Client>;
  /**
   * Guards the routes for users only, which `meta: { requiresAuth: true }` marks: leaves for the login,
   * comes back to the same route, and goes elsewhere when the user is logged out. Call it before
   * `app.use(router)`, which begins to navigate. The configuration's `redirectUri` has to lie under the
   * router's base.
   */
  guard(router: GuardedRouter, options?: GuardOptions): void;
  /** Stops the client. The app's own unmounting does so too. */
  close(): void;
}

const key: InjectionKey<AuthRefs> = Symbol("portcullis");

/**
 * The session of an app, to be given to `app.use`. The client starts at once; on a server it does not start,
 * and components see `loading`.
 *
 * @param source a configuration, or a client that the app has made and closes itself
 * @throws {AuthError} `invalid_config` if `source` is neither
 */
export function createAuth(source: AuthSource, options: CreateAuthOptions = {}): AuthPlugin {
  const store = new AuthStore(source);
  const auth = shallowRef(store.auth);
  store.subscribe(() => (auth.value = store.auth));
  const close = store.connectInBrowser(options.onCallback);
  return {
    ...refsOf(auth, store),
    install(app) {
      app.provide(key, this);
      app.onUnmount(close);
    },
    get ready() {
      return store.whenReady();
    },
    guard: (router, options) => guardRoutes(store, router, options),
    close,
  };
}

/** The session of the app that the component belongs to. */
export function useAuth(): AuthRefs {
  const auth = inject(key, null);
  if (!auth) throw new Error("useAuth needs app.use(createAuth(...))");
  return auth;
}

function refsOf(auth: ShallowRef<Auth>, store: AuthStore): AuthRefs {
  return {
    ...store.actions,
    auth: computed(() => auth.value),
    status: computed(() => auth.value.status),
    loading: computed(() => auth.value.loading),
    state: computed(() => auth.value.state),
    user: computed(() => auth.value.user),
    error: computed(() => auth.value.error),
    client: computed(() => auth.value.client),
  };
}
