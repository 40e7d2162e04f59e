import { logsInByItself } from "./auth_store.js";
import type { AuthStore } from "./auth_store.js";
import type { Client, LoginOptions } from "./index.js";

/** Which routes are for users only, and what becomes of others' visits. */
export interface GuardOptions {
  /** Whether a route is for users only. Default: whether its `meta.requiresAuth` is true. */
  isProtected?: ((route: GuardedRoute) => boolean) | undefined;
  /**
   * The route to go to instead when a login has to be asked for: when the user was logged out on a route for
   * users only, or a login that was to lead there failed. It must not be for users only. Default `/`.
   */
  otherwise?: string | undefined;
  /** What the login asks for. */
  login?: LoginOptions | undefined;
}

/** What is needed of a route of vue-router. */
export interface GuardedRoute {
  readonly fullPath: string;
  readonly matched: readonly unknown[];
  readonly meta: Readonly<Record<PropertyKey, unknown>>;
}

/** What is needed of a router of vue-router, of version 4 or 5. */
export interface GuardedRouter {
  readonly currentRoute: { readonly value: GuardedRoute };
  readonly options: { readonly history: { readonly base: string } };
  resolve(to: string): { readonly href: string };
  replace(to: string): Promise<unknown>;
  beforeEach(guard: (to: GuardedRoute) => Promise<string | boolean>): unknown;
}

/** Guards the routes of `router` that are for users only. */
export function guardRoutes(
  store: AuthStore,
  router: GuardedRouter,
  { isProtected = requiresAuth, otherwise = "/", login }: GuardOptions = {},
): void {
  const openedAt = globalThis.location?.href;
  let isFirst = true;
  const logIn = async ({ fullPath }: GuardedRoute): Promise<void> => {
    const returnTo = new URL(router.resolve(fullPath).href, location.href).href;
    await store.leaveForLogin({ returnTo, ...login });
  };

  router.beforeEach(async (to) => {
    const client = await store.whenReady().catch(() => null);
    const instead = isFirst && client ? routeInstead(to, openedAt, client, router) : undefined;
    isFirst = false;
    if (instead !== undefined && instead !== to.fullPath) return instead;
    if (!isProtected(to)) return true;
    const { auth } = store;
    if (auth.status !== "anonymous") return auth.status === "authenticated";
    // Whoever goes on to another route asks for the login by that; the page's first one was asked for before.
    const wasAskedFor = router.currentRoute.value.matched.length > 0;
    if (!wasAskedFor && !logsInByItself(auth)) return otherwise;
    await logIn(to);
    return false;
  });

  store.subscribe(() => {
    const { auth } = store;
    const route = router.currentRoute.value;
    if (auth.status !== "anonymous" || !isProtected(route)) return;
    if (logsInByItself(auth)) void logIn(route).catch(() => router.replace(otherwise));
    else void router.replace(otherwise);
  });
}

function requiresAuth({ meta }: GuardedRoute): boolean {
  return meta["requiresAuth"] === true;
}

/**
 * The route to begin with in the place of `to`: that which the login of this page's callback was begun for, or
 * that of the address as the client has cleaned it. The router saw it before, and would put it back.
 */
function routeInstead(
  to: GuardedRoute,
  openedAt: string,
  { callback }: Client,
  router: GuardedRouter,
): string | undefined {
  if (callback?.returnTo !== undefined) return routeAt(callback.returnTo, router);
  const opened = routeAt(openedAt, router);
  const isOpened =
    opened !== undefined && router.resolve(opened).href === router.resolve(to.fullPath).href;
  return isOpened && location.href !== openedAt ? routeAt(location.href, router) : undefined;
}

/** The route at an address, if it is under the router's base. */
function routeAt(url: string, router: GuardedRouter): string | undefined {
  const { pathname, search, hash } = new URL(url);
  const { base } = router.options.history;
  const path = pathname + search + hash;
  const route = path.slice(base.length) || "/";
  return path.startsWith(base) && route.startsWith("/") ? route : undefined;
}
