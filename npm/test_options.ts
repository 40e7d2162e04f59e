import type { AnonymousReason } from "./index.js";
import * as client from "./option_shapes.js";
import { call, record, seconds, text, wrongOption } from "./option_shapes.js";
import type { Check, Shape } from "./option_shapes.js";
import { invalidConfig } from "./test_error.js";

const scopeOfLogin: Check = (value) =>
  text(value) && (value as string).split(" ").includes("openid");

function sameOrigin(value: unknown): boolean {
  if (!text(value)) return false;
  const page = pageUrl();
  return (
    URL.canParse(value as string, page) &&
    new URL(value as string, page).origin === new URL(page).origin
  );
}

/** Where the page is; in a test without a DOM, nowhere in particular. */
export function pageUrl(): string {
  return globalThis.location?.href ?? "http://localhost/";
}

const REASONS: readonly unknown[] = [
  "never",
  "logged_out",
  "logged_out_elsewhere",
  "expired",
  "revoked",
  "idle",
  "login_failed",
] satisfies AnonymousReason[];

/** Whether it is an `AnonymousReason`. */
export function isReason(value: unknown): boolean {
  return REASONS.includes(value);
}

/** What the core refuses besides. */
const ofLogin = { returnTo: sameOrigin, scope: scopeOfLogin };

/** The options that each method takes, checked as the client checks them. */
export const shapes = {
  login: { ...client.login, ...ofLogin },
  popup: { ...client.popup, ...ofLogin },
  device: { ...client.device, scope: scopeOfLogin },
  token: client.token,
  logout: client.logout,
  testClient: {
    user: record,
    reason: isReason,
    error: (value) => value instanceof Error,
    scope: text,
    sender: (value) => value === "bearer" || value === "dpop",
    tokens: (value) => Array.isArray(value) && value.length > 0 && value.every(text),
    tokenLifetime: seconds,
    now: seconds,
    loginAs: record,
    userInfo: record,
    apis: (value) => record(value) && Object.values(value as object).every(call),
    callback: record,
  },
} satisfies Record<string, Shape>;

/** @throws {AuthError} `invalid_config`, with the name of the option that is wrong or unknown */
export function checkOptions(options: unknown, shape: Shape): void {
  const wrong = wrongOption(options, shape, "options");
  if (wrong !== undefined) throw invalidConfig(wrong);
}
