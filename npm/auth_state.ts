import type { AuthError } from "./auth_error.js";

/** Why nobody is logged in. */
export type AnonymousReason =
  /** Nobody was. */
  | "never"
  /** The user logged out in this tab. */
  | "logged_out"
  /** The user logged out in another tab, or at the server. */
  | "logged_out_elsewhere"
  /** The server ended the session after the last access token had expired. */
  | "expired"
  /** The server ended the session while its access token was good. */
  | "revoked"
  /** The user did nothing for the time of `idleTimeout`. */
  | "idle"
  /** A login failed. */
  | "login_failed";

/** Whether somebody is logged in. Immutable: there is a new object exactly when something changed. */
export type AuthState =
  | {
      readonly status: "anonymous";
      readonly reason: AnonymousReason;
      /** What went wrong, if something did. */
      readonly error?: AuthError;
    }
  | {
      readonly status: "authenticated";
      readonly user: User;
      /** The scope of the access token. */
      readonly scope: readonly string[];
      /** When the access token expires, in milliseconds since the epoch. */
      readonly expiresAt: number;
      /** How the access token is sent. */
      readonly sender: "bearer" | "dpop";
    };

/** A user: the claims of a verified ID token, the usual ones at hand. */
export interface User {
  /** Who this is to the issuer, for ever. */
  readonly sub: string;
  readonly claims: IdTokenClaims;
  readonly name?: string;
  readonly email?: string;
  readonly email_verified?: boolean;
  readonly picture?: string;
  readonly preferred_username?: string;
}

/** The claims of an ID token (OpenID Connect Core section 2). Times are in seconds since the epoch. */
export interface IdTokenClaims {
  readonly iss: string;
  readonly sub: string;
  readonly aud: string | readonly string[];
  readonly exp: number;
  readonly iat: number;
  readonly [claim: string]: unknown;
}

/** The claims of the UserInfo endpoint (OpenID Connect Core section 5.3). */
export interface UserInfo {
  readonly sub: string;
  readonly [claim: string]: unknown;
}

/** What a callback gave. */
export interface CallbackResult {
  /** `returnTo` of the login, resolved. */
  readonly returnTo?: string;
  /** `appState` of the login. */
  readonly appState?: unknown;
  /** Who logged in. */
  readonly user?: User;
  /** Why nobody did. */
  readonly error?: AuthError;
}
