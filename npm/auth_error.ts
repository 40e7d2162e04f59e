import { failure } from "../src/js/rest.js";

/** The causes of an {@link AuthError}. They are stable. */
export type AuthErrorCode =
  | "invalid_config"
  | "insecure_url"
  | "network"
  | "timeout"
  | "aborted"
  | "http_status"
  | "invalid_json"
  | "discovery_failed"
  | "issuer_mismatch"
  | "no_transaction"
  | "transaction_expired"
  | "state_mismatch"
  | "callback_invalid"
  | "access_denied"
  | "login_required"
  | "server_error"
  | "token_response_invalid"
  | "token_type_unsupported"
  | "id_token_missing"
  | "id_token_malformed"
  | "id_token_alg"
  | "id_token_key"
  | "id_token_signature"
  | "id_token_iss"
  | "id_token_aud"
  | "id_token_azp"
  | "id_token_exp"
  | "id_token_iat"
  | "id_token_nbf"
  | "id_token_nonce"
  | "id_token_sub"
  | "id_token_at_hash"
  | "id_token_auth_time"
  | "id_token_acr"
  | "userinfo_invalid"
  | "userinfo_sub"
  | "session_ended"
  | "not_authenticated"
  | "interaction_required"
  | "url_not_allowed"
  | "popup_blocked"
  | "popup_closed"
  | "unsupported"
  | "wasm_unavailable"
  | "storage_unavailable"
  | "device_expired"
  | "use_dpop_nonce";

/** What went wrong, with one stable code per cause. It never holds a token, a code or a key. */
export class AuthError extends Error {
  override readonly name = "AuthError";
  /** The stable code of the cause. */
  readonly code: AuthErrorCode;
  /** The server's `error` (RFC 6749 section 5.2). */
  readonly oauthError?: string;
  /** The server's `error_description`. It is the server's text: show it as text only. */
  readonly description?: string;
  /** Whether the same call may succeed later with nothing changed. */
  readonly retryable: boolean;
  /** The HTTP status, where one was received. */
  readonly status?: number;
  /** What led to it, where that is known, such as the reason of an `AbortSignal`. */
  declare readonly cause?: unknown;

  /** @internal */
  constructor(details: AuthErrorDetails, cause?: unknown) {
    super(details.message, cause === undefined ? undefined : { cause });
    this.code = details.code;
    this.retryable = details.retryable;
    if (details.oauthError !== undefined) this.oauthError = details.oauthError;
    if (details.description !== undefined) this.description = details.description;
    if (details.status !== undefined) this.status = details.status;
  }
}

/** The members of an error as the core gives them. */
export interface AuthErrorDetails {
  code: AuthErrorCode;
  message: string;
  retryable: boolean;
  oauthError?: string;
  description?: string;
  status?: number;
}

/** A configuration or an option that is not valid, by its name. */
export function invalidOption(option: string): AuthError {
  const message = `the configuration is not valid: ${option}`;
  return new AuthError({ code: "invalid_config", message, retryable: false });
}

/** The error that the core tells of. Of the rest of the wasm it only knows that it can't be had, and not why. */
export function errorOf(details: AuthErrorDetails): AuthError {
  return details.code === "wasm_unavailable" && failure instanceof AuthError
    ? failure
    : new AuthError(details);
}

/** Makes an `AuthError` of what the core threw, which is JSON. What it did not throw stays what it is. */
export function asAuthError(thrown: unknown): unknown {
  return typeof thrown === "string" ? errorOf(JSON.parse(thrown)) : thrown;
}

/** Settles as `promise` does, with an `AuthError` for what the core rejects with. */
export async function settled<T>(promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (thrown) {
    throw asAuthError(thrown);
  }
}
