import { AuthError, createClient } from "portcullis";
import type {
  AnonymousReason,
  AuthErrorCode,
  AuthState,
  CallbackResult,
  Client,
  ClientConfig,
  User,
} from "portcullis";

declare const client: Client;
declare const state: AuthState;

// A state is told apart by its status.
if (state.status === "authenticated") {
  const user: User = state.user;
  const expiresAt: number = state.expiresAt;
  const sender: "bearer" | "dpop" = state.sender;
  // @ts-expect-error -- a user has no reason
  state.reason;
  void [user, expiresAt, sender];
} else {
  const reason: AnonymousReason = state.reason;
  const error: AuthError | undefined = state.error;
  // @ts-expect-error -- nobody has no user
  state.user;
  void [reason, error];
}

// @ts-expect-error -- it is one of the two first
state.user;
// @ts-expect-error -- there is no third
state.status === "loading";
// @ts-expect-error -- a state is not changed
state.status = "anonymous";

/** Every reason has its text: a new one is missed here. */
const texts: Record<AnonymousReason, string> = {
  never: "",
  logged_out: "",
  logged_out_elsewhere: "",
  expired: "",
  revoked: "",
  idle: "",
  login_failed: "",
};

export function textOf(error: unknown): string {
  if (!(error instanceof AuthError)) throw error;
  switch (error.code) {
    case "network":
    case "timeout":
      return "try again";
    // @ts-expect-error -- there is no such code
    case "netwrok":
      return "";
    default: {
      // What is left is still a code, and none of those above.
      const code: Exclude<AuthErrorCode, "network" | "timeout"> = error.code;
      return code + texts.never;
    }
  }
}

const config: ClientConfig = { issuer: "https://issuer.example", clientId: "spa" };
void createClient(config);
void createClient({ ...config, apis: ["/api"], dpop: "required", extraParams: { a: "b" } });
// @ts-expect-error -- clientId is missing
void createClient({ issuer: "https://issuer.example" });
// @ts-expect-error -- there is no such option
void createClient({ ...config, clientSecret: "no" });
// @ts-expect-error -- nor such a value
void createClient({ ...config, refreshTokens: "localStorage" });
// @ts-expect-error -- with exactOptionalPropertyTypes what is left out is left out
void createClient({ ...config, scope: undefined });

client.on("refreshed", ({ by, expiresAt }) => {
  const who: "this_tab" | "another_tab" = by;
  void [who, expiresAt.toFixed()];
});
client.on("logout", (reason) => void texts[reason]);
// @ts-expect-error -- there is no such event
client.on("refresh", () => {});

const unsubscribe: () => void = client.subscribe(({ status }) => void status);
const callback: CallbackResult | null = client.callback;
const token: Promise<string> = client.getAccessToken({ minValidity: 60 });
const nobody: Promise<User | null> = client.loginSilently();
void [unsubscribe, callback, token, nobody];
// @ts-expect-error -- seconds are a number
void client.getAccessToken({ minValidity: "60" });
