import type { AnonymousReason } from "./index.js";
import { invalidConfig } from "./test_error.js";

/** What an option may be. */
type Check = (value: unknown) => boolean;

/** Options by name. */
export type Shape = Readonly<Record<string, Check>>;

const text: Check = (value) => typeof value === "string";
const texts: Check = (value) => text(value) || (Array.isArray(value) && value.every(text));
const flag: Check = (value) => typeof value === "boolean";
const seconds: Check = (value) => Number.isFinite(value) && (value as number) >= 0;
const record: Check = (value) =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const parameters: Check = (value) => record(value) && Object.values(value as object).every(text);
const signal: Check = (value) => value instanceof AbortSignal;
const call: Check = (value) => typeof value === "function";

function json(value: unknown): boolean {
  try {
    return JSON.stringify(value) !== undefined;
  } catch {
    return false;
  }
}

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

const login = {
  returnTo: sameOrigin,
  appState: json,
  scope: scopeOfLogin,
  resource: texts,
  prompt: text,
  loginHint: text,
  maxAge: seconds,
  acrValues: text,
  display: text,
  uiLocales: text,
  claims: record,
  extraParams: parameters,
};
const popupSeconds: Check = (value) => seconds(value) && value !== 0 && (value as number) <= 600;
const popupWindow: Check = (value) => typeof (value as Window).closed === "boolean";

/** The options that each method takes, checked as the client checks them. */
export const shapes = {
  login,
  popup: { ...login, timeout: popupSeconds, popup: popupWindow },
  device: { onPrompt: call, scope: text, signal },
  token: { minValidity: seconds, scope: text, resource: text, forceRefresh: flag, signal },
  logout: { returnTo: text, local: flag, extraParams: parameters },
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
  if (options === undefined || options === null) return;
  if (!record(options)) throw invalidConfig("options");
  for (const [name, value] of Object.entries(options)) {
    const check = Object.hasOwn(shape, name) ? shape[name] : undefined;
    if (!check) throw invalidConfig(name);
    if (value !== undefined && value !== null && !check(value)) throw invalidConfig(name);
  }
}
