"use client";

import {
  createContext,
  createElement,
  Suspense,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from "react";
import type { ReactElement, ReactNode } from "react";
import { AuthStore, goToReturnTo, logsInByItself } from "./auth_store.js";
import type { Auth } from "./auth.js";
import type {
  AnonymousReason,
  AuthError,
  CallbackResult,
  Client,
  ClientConfig,
  LoginOptions,
} from "./index.js";

export type {
  AnonymousAuth,
  Auth,
  AuthActions,
  AuthenticatedAuth,
  FailedAuth,
  LoadingAuth,
} from "./auth.js";

/** Where {@link AuthProvider} has its client from: it makes one of `config`, or is given one. */
export type AuthProviderSource =
  | {
      /** The provider makes this client and closes it. Only a change of what is in it counts. */
      config: ClientConfig;
      client?: undefined;
    }
  | {
      /** A client that the app has made, as with `createClient` before anything is rendered, or in a test. */
      client: Client | PromiseLike<Client>;
      config?: undefined;
    };

/** The properties of {@link AuthProvider}. */
export type AuthProviderProps = AuthProviderSource & {
  children?: ReactNode;
  /** Shown in place of the children while the client starts. Without it they are shown at once. */
  fallback?: ReactNode;
  /**
   * Shown in place of the children if the client can't start, as with a wrong configuration. Without it the
   * `AuthError` is thrown to the nearest error boundary.
   */
  errorFallback?: ReactNode | ((error: AuthError) => ReactNode);
  /**
   * Told the result of a login that the page was opened with, once, before the children see it. Default:
   * the address becomes that of `returnTo`, and the router is told by a `popstate` event.
   */
  onCallback?: ((result: CallbackResult) => void) | undefined;
  /**
   * Whether components that use {@link useAuth} suspend while the client starts. The nearest `Suspense`
   * then shows its fallback, which is the provider's own if there is none between. Default false.
   */
  suspense?: boolean | undefined;
};

interface Provided {
  readonly store: AuthStore;
  readonly suspense: boolean;
}

const AuthContext = createContext<Provided | null>(null);

/**
 * Gives the session to the components below it.
 *
 * The client starts when the provider is mounted, and stops when it is unmounted; on a server it does not
 * start, and the components see `loading`. Mounting twice, as StrictMode and hot reload do, makes one client.
 *
 * @throws {AuthError} `invalid_config` and the like, to the nearest error boundary: see `errorFallback`
 */
export function AuthProvider(props: AuthProviderProps): ReactElement {
  const { children, fallback, errorFallback, onCallback, suspense = false } = props;
  const source = props.client ?? props.config;
  const store = useMemo(() => new AuthStore(source), [props.client ?? keyOf(props.config)]);
  const provided = useMemo(() => ({ store, suspense }), [store, suspense]);
  const latestOnCallback = useRef(onCallback);
  useEffect(() => {
    latestOnCallback.current = onCallback;
  });
  useEffect(
    () => store.connect((result) => (latestOnCallback.current ?? goToReturnTo)(result)),
    [store],
  );

  const failure = useStore(store, ({ status, error }) => (status === "failed" ? error : null));
  const loading = useStore(store, (auth) => auth.loading);
  let shown: ReactNode = children;
  if (failure) {
    if (errorFallback === undefined) throw failure;
    shown = typeof errorFallback === "function" ? errorFallback(failure) : errorFallback;
  } else if (suspense) {
    shown = createElement(Suspense, { fallback: fallback ?? null }, children);
  } else if (loading && fallback !== undefined) {
    shown = fallback;
  }
  return createElement(AuthContext.Provider, { value: provided }, shown);
}

/**
 * The session, and the client's methods. The component is rendered again exactly when the session changes,
 * which includes each new access token, as `state.expiresAt` does then.
 *
 * @throws {Error} outside an {@link AuthProvider}
 */
export function useAuth(): Auth;
/**
 * What `select` takes of the session, as in `useAuth(({ user }) => user?.name)`. The component is rendered
 * again only when that is another value, by `Object.is`.
 */
export function useAuth<T>(select: (auth: Auth) => T): T;
export function useAuth<T>(select: (auth: Auth) => T | Auth = itself): T | Auth {
  const provided = useContext(AuthContext);
  if (!provided) throw new Error("useAuth and RequireAuth have to be used inside an AuthProvider");
  const { store, suspense } = provided;
  const selected = useStore(store, select);
  const hydrated = useSyncExternalStore(never, yes, no);
  if (suspense && hydrated && store.auth.loading) throw store.whenReady();
  return selected;
}

/** Why {@link RequireAuth} does not log in by itself, and how it does. */
export interface LoginNeeded {
  readonly reason: AnonymousReason;
  /** What went wrong, if something did. */
  readonly error: AuthError | null;
  /** Leaves for the login; comes back to this page. */
  readonly login: () => void;
}

/** The properties of {@link RequireAuth}. */
export interface RequireAuthProps {
  children?: ReactNode;
  /** Shown while the client starts, and while the page is left for the login. Default: nothing. */
  fallback?: ReactNode;
  /**
   * Shown when a login has to be asked for: after a logout, a time without input, a login that failed, or
   * when the server has ended a session for the second time within a minute.
   * Default: a plain button "Log in".
   */
  anonymous?: ReactNode | ((why: LoginNeeded) => ReactNode);
  /** What the login asks for. Its `returnTo` is by default the page's address. */
  login?: LoginOptions | undefined;
}

/**
 * Shows its children to users only, and leaves for the login otherwise; whoever logs in comes back to the
 * same address. It does so by itself if nobody was logged in yet, or the server ended the session. After a
 * logout it does not, as the server's own session could undo that without a word, and neither after a login
 * that failed or the second end within a minute, as that could go on for ever: then it shows `anonymous`.
 */
export function RequireAuth(props: RequireAuthProps): ReactNode {
  const { children, fallback = null, anonymous = loginButton, login } = props;
  const auth = useAuth();
  const store = useContext(AuthContext)?.store;
  const [failed, setFailed] = useState<{ state: unknown; error: AuthError } | null>(null);
  const error = failed?.state === auth.state ? (failed?.error ?? null) : auth.error;
  const leaves = auth.status === "anonymous" && error === null && logsInByItself(auth);
  const leave = (): void => {
    setFailed(null);
    store?.leaveForLogin(login).catch((error) => setFailed({ state: auth.state, error }));
  };
  useEffect(() => {
    if (leaves) leave();
  }, [leaves]);

  if (auth.status === "authenticated") return children;
  if (auth.status !== "anonymous" || leaves) return fallback;
  const why = { reason: auth.state.reason, error, login: leave };
  return typeof anonymous === "function" ? anonymous(why) : anonymous;
}

function loginButton({ login }: LoginNeeded): ReactElement {
  return createElement("button", { type: "button", onClick: login }, "Log in");
}

function useStore<T>(store: AuthStore, select: (auth: Auth) => T): T {
  // What a browser takes over from a server has to look as it did there.
  const hydrated = typeof document === "undefined" ? store.auth : store.loading;
  return useSyncExternalStore(
    store.subscribe,
    () => select(store.auth),
    () => select(hydrated),
  );
}

/** Equal for configurations that are equal in what `createClient` compares. */
function keyOf(config: ClientConfig | undefined): string {
  const { wasm, logger, ...options } = config ?? {};
  return JSON.stringify(options);
}

function itself(auth: Auth): Auth {
  return auth;
}

const never = () => (): void => {};
const yes = (): boolean => true;
const no = (): boolean => false;
