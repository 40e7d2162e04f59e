import type { AnonymousReason, AuthError, CallbackResult, User, UserInfo } from "./index.js";
import { invalidConfig } from "./test_error.js";
import { checkOptions, shapes } from "./test_options.js";

/** A user, by claims. Those of an ID token that are missing are made up. */
export interface TestUser {
  sub: string;
  name?: string;
  email?: string;
  email_verified?: boolean;
  picture?: string;
  preferred_username?: string;
  [claim: string]: unknown;
}

/** What a {@link TestClient} begins with. All of it can be left out. */
export interface TestClientOptions {
  /** Who is logged in. Default: nobody. */
  user?: TestUser;
  /** Why nobody is logged in. Default `never`. */
  reason?: AnonymousReason;
  /** What went wrong, if nobody is logged in. */
  error?: AuthError;
  /** The scope of the access token, space-separated. Default `openid`. */
  scope?: string;
  /** How the access token is said to be sent. Default `bearer`. */
  sender?: "bearer" | "dpop";
  /** The access tokens, one after another. Default `test-token-1`, `test-token-2` and so on, without end. */
  tokens?: readonly string[];
  /** Seconds that an access token is good for. Default 300. */
  tokenLifetime?: number;
  /** What the clock shows, in milliseconds since the epoch. Default: the time of the test. */
  now?: number;
  /**
   * Who logs in by `loginWithPopup`, `loginSilently` and `loginWithDevice`. Default: nobody, so that a silent
   * login gives `null`, and a popup is closed.
   */
  loginAs?: TestUser;
  /** What `getUserInfo` gives. Default: the claims of the user. */
  userInfo?: UserInfo;
  /**
   * What `client.fetch` answers, by URL prefix, as in `apis` of the real configuration. A handler sees the
   * request with its `Authorization`.
   */
  apis?: Readonly<Record<string, (request: Request) => Response | Promise<Response>>>;
  /** What `client.callback` is, as if the page had been opened with it. */
  callback?: CallbackResult;
}

/** @throws {AuthError} `invalid_config`, with the name of the option that is wrong or unknown */
export function checkTestClientOptions(options: TestClientOptions): void {
  checkOptions(options, shapes.testClient);
  const { user, loginAs } = options ?? {};
  for (const claims of [user, loginAs]) if (claims) checkUser(claims);
}

function checkUser({ sub }: TestUser): void {
  if (typeof sub !== "string") throw invalidConfig("user.sub");
}

const USUAL_CLAIMS = ["name", "email", "email_verified", "picture", "preferred_username"] as const;

/**
 * The user that an ID token with these claims gives. `now` is in milliseconds since the epoch.
 *
 * @throws {AuthError} `invalid_config` without `sub`
 */
export function userOf(claims: TestUser, now: number): User {
  checkUser(claims);
  const iat = Math.floor(now / 1000);
  const all = { iss: "https://test.example", aud: "test", iat, exp: iat + 300, ...claims };
  const usual = USUAL_CLAIMS.filter((name) => claims[name] !== undefined);
  return frozen({
    sub: claims.sub,
    claims: all,
    ...Object.fromEntries(usual.map((name) => [name, claims[name]])),
  });
}

/** Freezes a value to its depth, as the client does what it gives. */
export function frozen<T>(value: T): T {
  if (typeof value !== "object" || value === null || value instanceof Error) return value;
  Object.values(value).forEach(frozen);
  return Object.freeze(value);
}
