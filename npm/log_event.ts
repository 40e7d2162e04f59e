import type { AuthError } from "./auth_error.js";
import type { CallbackResult } from "./auth_state.js";
import type { LogEvent } from "./client_config.js";

/** What the events of a client tell, each some of it. */
interface Detail {
  expiresAt: number;
  by: string;
  error: AuthError;
  retryAt: number | null;
  logoutAt: number | null;
}

/** An event of the client in words. Who the user is is left out: a log may be kept. */
export function described(event: NonNullable<LogEvent["event"]>, detail: unknown): LogEvent {
  const { expiresAt, by, error, retryAt, logoutAt } = Object(detail) as Detail;
  switch (event) {
    case "login":
      return { event, message: "somebody logged in" };
    case "logout":
      return { event, message: `the session is over: ${detail as string}` };
    case "refreshed":
      return { event, message: `new access token from ${by}, good until ${time(expiresAt)}` };
    case "refreshFailed":
      return { event, ...failed(`refresh failed, next try ${time(retryAt)}`, error) };
    case "idleWarning":
      return { event, message: logoutAt ? `idle, logout ${time(logoutAt)}` : "idle no more" };
    case "stepUp":
      return { event, message: "an API asks for a stronger login" };
  }
}

/** What came of the login that the page was opened with. */
export function describedCallback({ error }: CallbackResult): LogEvent {
  return error ? failed("a login failed", error) : described("login", {});
}

/** Why the client does not run. */
export function describedFailure(error: AuthError): LogEvent {
  return failed("the client could not be started", error);
}

function failed(message: string, { code, message: why }: AuthError): LogEvent {
  return { message, error: { code, message: why } };
}

function time(milliseconds: number | null): string {
  return milliseconds === null ? "never" : new Date(milliseconds).toISOString();
}
