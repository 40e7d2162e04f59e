import { AuthError } from "./index.js";
import type { AuthErrorCode } from "./index.js";

/** What an `AuthError` may tell beside its code. */
export interface AuthErrorExtras {
  message?: string;
  oauthError?: string;
  description?: string;
  retryable?: boolean;
  status?: number;
  cause?: unknown;
}

/** A real `AuthError`, as the client would throw it. By default what may pass by itself is retryable. */
export function authError(code: AuthErrorCode, extras: AuthErrorExtras = {}): AuthError {
  const { cause, ...told } = extras;
  const retryable = ["network", "timeout", "invalid_json"].includes(code);
  return new AuthError({ code, message: `scripted by a test: ${code}`, retryable, ...told }, cause);
}

/** What the client throws for a wrong option. */
export function invalidConfig(option: string): AuthError {
  const message = `the configuration is not valid: ${option}`;
  return new AuthError({ code: "invalid_config", message, retryable: false });
}

/** What the client throws while nobody is logged in. */
export function notAuthenticated(): AuthError {
  return authError("not_authenticated", { message: "nobody is logged in" });
}
