export { AuthError } from "./auth_error.js";
export type { AuthErrorCode } from "./auth_error.js";
export type {
  AnonymousReason,
  AuthState,
  CallbackResult,
  IdTokenClaims,
  User,
  UserInfo,
} from "./auth_state.js";
export { createClient, handleFrontchannelLogout } from "./client.js";
export type { Client, ClientEvents } from "./client.js";
export type {
  ClaimRequest,
  ClaimsRequest,
  ClientConfig,
  DeviceOptions,
  DevicePrompt,
  JsonWebKeySet,
  LogEvent,
  LoginOptions,
  LogoutOptions,
  PopupOptions,
  ServerMetadata,
  TokenOptions,
} from "./client_config.js";
