import type {
  ClientConfig,
  DeviceOptions,
  LoginOptions,
  LogoutOptions,
  PopupOptions,
  TokenOptions,
} from "./client_config.js";

/** Whether an option may have this value, as far as that is a matter of its type. */
export type Check = (value: unknown) => boolean;

/** Options by name. */
export type Shape = Readonly<Record<string, Check>>;

/** Each option of an interface. */
type Of<Options> = Record<keyof Options, Check>;

export const text: Check = (value) => typeof value === "string";
const list: Check = (value) => Array.isArray(value) && value.every(text);
const texts: Check = (value) => text(value) || list(value);
export const flag: Check = (value) => typeof value === "boolean";
const number: Check = (value) => Number.isFinite(value);
export const seconds: Check = (value) => Number.isFinite(value) && (value as number) >= 0;
export const record: Check = (value) =>
  typeof value === "object" && value !== null && !Array.isArray(value);
export const call: Check = (value) => typeof value === "function";
const parameters: Check = (value) => record(value) && Object.values(value as object).every(text);
const signal: Check = (value) => value instanceof AbortSignal;

const choice =
  (...choices: unknown[]): Check =>
  (value) =>
    choices.includes(value);

const json: Check = (value) => {
  try {
    return JSON.stringify(value) !== undefined;
  } catch {
    // A cycle or a BigInt.
    return false;
  }
};
const jsonObject: Check = (value) => record(value) && json(value);

/** A configuration. What a number or a URL may be is for the core, which has it for Rust too. */
export const config = {
  issuer: text,
  clientId: text,
  redirectUri: text,
  postLogoutRedirectUri: text,
  scope: text,
  resource: texts,
  apis: list,
  refreshTokens: choice("encrypted", "memory"),
  restore: choice("optimistic", "verified"),
  silentLogin: choice("iframe", "off"),
  sessionManagement: choice("off", "auto"),
  dpop: choice("auto", "required", "off"),
  par: choice("auto", "required", "off"),
  stepUp: choice("event", "redirect"),
  metadata: jsonObject,
  jwks: jsonObject,
  responseMode: choice("query", "fragment"),
  clockTolerance: number,
  refreshAhead: number,
  requestTimeout: number,
  signingAlgorithms: list,
  maxAge: number,
  acrValues: text,
  uiLocales: text,
  extraParams: parameters,
  handleCallback: choice("auto", "manual"),
  idleTimeout: number,
  wasm: () => true,
  logger: call,
  warnings: choice("console", "off"),
} satisfies Of<ClientConfig>;

export const login = {
  returnTo: text,
  appState: json,
  scope: text,
  resource: texts,
  prompt: text,
  loginHint: text,
  maxAge: seconds,
  acrValues: text,
  display: text,
  uiLocales: text,
  claims: jsonObject,
  extraParams: parameters,
} satisfies Of<LoginOptions>;

export const popup = {
  ...login,
  timeout: (value: unknown) => seconds(value) && value !== 0 && (value as number) <= 600,
  // What `window.open` gave may belong to another realm, so that it is an instance of no `Window` here.
  popup: (value: unknown) => typeof (value as Window).closed === "boolean" && value !== globalThis,
} satisfies Of<PopupOptions>;

export const device = { onPrompt: call, scope: text, signal } satisfies Of<DeviceOptions>;

export const token = {
  minValidity: seconds,
  scope: text,
  resource: text,
  forceRefresh: flag,
  signal,
} satisfies Of<TokenOptions>;

export const logout = {
  returnTo: text,
  local: flag,
  extraParams: parameters,
} satisfies Of<LogoutOptions>;

/**
 * The first option that is unknown or of a wrong type. One that is `undefined` or `null` is not set, and
 * so are all of them where they are.
 *
 * @param name what is wrong where these are no options at all
 */
export function wrongOption(options: unknown, shape: Shape, name: string): string | undefined {
  if (options === undefined || options === null) return undefined;
  if (!record(options)) return name;
  const isWrong = ([option, value]: [string, unknown]): boolean => {
    const check = Object.hasOwn(shape, option) ? shape[option] : undefined;
    return !check || (value !== undefined && value !== null && !check(value));
  };
  return Object.entries(options).find(isWrong)?.[0];
}
