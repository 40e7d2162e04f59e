/** How a client is set up. Only `issuer` and `clientId` are needed. */
export interface ClientConfig {
  /** The authorization server: `https://…`, or `http://` on localhost, 127.0.0.1 or [::1]. */
  issuer: string;
  /** The client identifier that the server knows this app by. */
  clientId: string;
  /** Where logins come back to, resolved against the page. Default `/`. */
  redirectUri?: string;
  /** Where logouts come back to, resolved against the page. */
  postLogoutRedirectUri?: string;
  /** The scope, space-separated. Default `openid`, which it has to hold. */
  scope?: string;
  /** Resource indicators (RFC 8707); the first is that of the default access token. */
  resource?: string | string[];
  /** URL prefixes that `client.fetch` may send the access token to. Default none. */
  apis?: string[];
  /** Where the refresh token rests. Default `encrypted`: in IndexedDB, sealed, shared by all tabs. */
  refreshTokens?: "encrypted" | "memory";
  /** Whether a restored session counts at once, or when the server has confirmed it. */
  restore?: "optimistic" | "verified";
  /**
   * Whether a session without a good refresh token is renewed by a login that the user does not see
   * (`prompt=none` in a hidden iframe). Default `iframe`.
   */
  silentLogin?: "iframe" | "off";
  /**
   * Whether the server is asked, while the page is visible, if it is still the same user who is logged in
   * there (OpenID Connect Session Management 1.0). Default `off`; `auto` does so where the server's
   * metadata has `check_session_iframe`.
   */
  sessionManagement?: "auto" | "off";
  /**
   * Whether tokens are bound to a key that nobody can take out of this browser (RFC 9449). Default
   * `auto`: where the server's metadata offers it. Such a token is of use only with `client.fetch`.
   */
  dpop?: "auto" | "required" | "off";
  /** Pushed authorization requests (RFC 9126). Default `auto`: where the server's metadata offers them. */
  par?: "auto" | "required" | "off";
  /**
   * What follows when an API asks for a stronger login (RFC 9470). Default `event`; `redirect` logs in
   * with what was asked for and comes back to this page.
   */
  stepUp?: "event" | "redirect";
  /** Server metadata to use in place of discovery. */
  metadata?: ServerMetadata;
  /** The server's keys, in place of its `jwks_uri`. */
  jwks?: JsonWebKeySet;
  /** How the authorization response comes back. Default `query`. */
  responseMode?: "query" | "fragment";
  /** Seconds by which the server's clock may differ, 0 to 600. Default 30. */
  clockTolerance?: number;
  /** Seconds before its expiry at which an access token is renewed, at most half its life. Default 30. */
  refreshAhead?: number;
  /** Seconds that one request to the server may take, at most 600. Default 10. */
  requestTimeout?: number;
  /** The algorithms an ID token may be signed with. `none` and HS* never are. */
  signingAlgorithms?: string[];
  /** The most seconds since the user last proved who they are. */
  maxAge?: number;
  /** Authentication context classes asked for, space-separated. */
  acrValues?: string;
  /** Languages asked for, space-separated. */
  uiLocales?: string;
  /** Further parameters of every authorization request. */
  extraParams?: Record<string, string>;
  /** Whether `createClient` finishes a login, or the app with `handleRedirectCallback`. */
  handleCallback?: "auto" | "manual";
  /** Seconds without input by the user in any tab until they are logged out. Default: never. */
  idleTimeout?: number;
  /**
   * Where `portcullis_bg.wasm` lies, for hosts that move it. `portcullis_rest.wasm` is looked for beside
   * it, or else beside the module.
   */
  wasm?: string | URL | BufferSource | WebAssembly.Module;
  /**
   * Told what happens. It never sees a token, a code or a key. `portcullis/console` has one that writes
   * to the console.
   */
  logger?: (event: LogEvent) => void;
  /** Whether usual mistakes of a set-up are pointed out in the console, each once. Default `console`. */
  warnings?: "console" | "off";
}

/** Something to log. */
export interface LogEvent {
  readonly message: string;
  /** The code and message of an error it is about. */
  readonly error?: { readonly code: string; readonly message: string };
  /** The event of the client that it tells in words, if it is one. */
  readonly event?: "login" | "logout" | "refreshed" | "refreshFailed" | "idleWarning" | "stepUp";
}

/** Server metadata (OpenID Connect Discovery 1.0, RFC 8414). */
export interface ServerMetadata {
  issuer: string;
  authorization_endpoint: string;
  token_endpoint: string;
  jwks_uri: string;
  userinfo_endpoint?: string;
  revocation_endpoint?: string;
  end_session_endpoint?: string;
  check_session_iframe?: string;
  code_challenge_methods_supported?: string[];
  authorization_response_iss_parameter_supported?: boolean;
  [parameter: string]: unknown;
}

/** A JSON Web Key Set (RFC 7517). */
export interface JsonWebKeySet {
  keys: JsonWebKey[];
}

/** What one login asks for beyond the configuration. */
export interface LoginOptions {
  /** A URL of this origin to go on to after the login; given back with the callback. */
  returnTo?: string;
  /** A JSON value that is given back with the callback. It never leaves the browser. */
  appState?: unknown;
  scope?: string;
  resource?: string | string[];
  prompt?: string;
  loginHint?: string;
  /** Seconds. */
  maxAge?: number;
  acrValues?: string;
  display?: string;
  uiLocales?: string;
  /** Claims asked for one by one. What the ID token has to give by it, it gives, or the login fails. */
  claims?: ClaimsRequest;
  extraParams?: Record<string, string>;
}

/** What one login in a popup asks for beyond the configuration. */
export interface PopupOptions extends LoginOptions {
  /** Seconds until it ends with `timeout`, at most 600. Default 300. */
  timeout?: number;
  /** A window to use, for an app that had to open it earlier. Default: one is opened. */
  popup?: Window;
}

/** Claims asked for one by one (OpenID Connect Core section 5.5). */
export interface ClaimsRequest {
  userinfo?: Record<string, ClaimRequest | null>;
  id_token?: Record<string, ClaimRequest | null>;
}

/** How one claim is asked for; `null` in its place: as any. */
export interface ClaimRequest {
  essential?: boolean;
  value?: unknown;
  values?: readonly unknown[];
}

/** A login that the user finishes on another device (RFC 8628). */
export interface DeviceOptions {
  /** Told what to show the user. */
  onPrompt(prompt: DevicePrompt): void;
  scope?: string;
  /** Gives up. */
  signal?: AbortSignal;
}

/** What to show the user. */
export interface DevicePrompt {
  /** What to type in. */
  readonly userCode: string;
  /** Where. */
  readonly verificationUri: string;
  /** Where, with the code already in it. */
  readonly verificationUriComplete?: string;
  /** Until when, in milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** Which access token is wanted, and how good it has to be. */
export interface TokenOptions {
  /**
   * Seconds it has to be good for, or else it is renewed first. While the server can't be reached, is in
   * trouble, or gives out none that lives as long, one that is good for less is given.
   */
  minValidity?: number;
  /** A narrower scope. */
  scope?: string;
  /** Another resource. */
  resource?: string;
  /** A new one, however good the present one is. */
  forceRefresh?: boolean;
  signal?: AbortSignal;
}

/** How to log out. */
export interface LogoutOptions {
  /** Where the server sends the user afterwards. */
  returnTo?: string;
  /** Ends the session here and leaves that of the server. */
  local?: boolean;
  extraParams?: Record<string, string>;
}
