import type { AuthError, AuthState, Client, User } from "./index.js";

const ACTIONS = [
  "loginWithRedirect",
  "loginWithPopup",
  "loginSilently",
  "loginWithDevice",
  "handleRedirectCallback",
  "getAccessToken",
  "fetch",
  "getUserInfo",
  "refresh",
  "logout",
] as const satisfies readonly (keyof Client)[];

/**
 * The client's own methods. They can be called at once, and be passed on without their object: while the
 * client starts they wait for it, and if it can't start they reject with the reason.
 */
export type AuthActions = Pick<Client, (typeof ACTIONS)[number]>;

/** The client starts. It is also what a server renders. */
export interface LoadingAuth extends AuthActions {
  readonly status: "loading";
  readonly loading: true;
  readonly state: null;
  readonly user: null;
  readonly error: null;
  readonly client: null;
}

/** The client can't start: the configuration is wrong, or the browser lacks something. */
export interface FailedAuth extends AuthActions {
  readonly status: "failed";
  readonly loading: false;
  readonly state: null;
  readonly user: null;
  readonly error: AuthError;
  readonly client: null;
}

/** Nobody is logged in. */
export interface AnonymousAuth extends AuthActions {
  readonly status: "anonymous";
  readonly loading: false;
  readonly state: Extract<AuthState, { status: "anonymous" }>;
  readonly user: null;
  /** What went wrong, if something did. */
  readonly error: AuthError | null;
  readonly client: Client;
}

/** Somebody is logged in. */
export interface AuthenticatedAuth extends AuthActions {
  readonly status: "authenticated";
  readonly loading: false;
  readonly state: Extract<AuthState, { status: "authenticated" }>;
  readonly user: User;
  readonly error: null;
  /** The client itself, for its events. */
  readonly client: Client;
}

/**
 * What a component sees of the session, told apart by `status`. Immutable: there is a new object exactly
 * when something changed.
 */
export type Auth = LoadingAuth | FailedAuth | AnonymousAuth | AuthenticatedAuth;

/** The methods of the client that `running` or else `starting` gives. */
export function actionsOf(
  running: () => Client | null,
  starting: () => Promise<Client>,
): AuthActions {
  const action =
    (name: keyof AuthActions) =>
    (...args: unknown[]): unknown => {
      const call = (client: Client): unknown =>
        (client[name] as (...args: unknown[]) => unknown)(...args);
      const client = running();
      // At once, as a window that opens has to do so within the user's click.
      return client ? call(client) : starting().then(call);
    };
  return Object.fromEntries(ACTIONS.map((name) => [name, action(name)])) as unknown as AuthActions;
}

/** What is seen while the client starts. */
export function loadingAuth(actions: AuthActions): LoadingAuth {
  return Object.freeze({
    ...actions,
    ...{ status: "loading", loading: true, state: null, user: null, error: null, client: null },
  } as const);
}

/** What is seen when the client can't start. */
export function failedAuth(actions: AuthActions, error: AuthError): FailedAuth {
  return Object.freeze({
    ...actions,
    ...{ status: "failed", loading: false, state: null, user: null, error, client: null },
  } as const);
}

/** What is seen of a running client. */
export function runningAuth(
  actions: AuthActions,
  client: Client,
): AnonymousAuth | AuthenticatedAuth {
  const { state } = client;
  const always = { ...actions, loading: false, client } as const;
  return Object.freeze(
    state.status === "authenticated"
      ? { ...always, status: state.status, state, user: state.user, error: null }
      : { ...always, status: state.status, state, user: null, error: state.error ?? null },
  );
}
