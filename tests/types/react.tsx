import type { Client, ClientConfig, User } from "portcullis";
import { AuthProvider, RequireAuth, useAuth } from "portcullis/react";
import type { ReactElement } from "react";

declare const config: ClientConfig;
declare const client: Client;

function Greeting(): ReactElement {
  const { status, user, error } = useAuth();
  if (status === "authenticated") return <p>{user.name}</p>;
  if (status === "failed") return <p>{error.code}</p>;
  // @ts-expect-error -- there may be none
  error.code;
  return <p>{error?.code}</p>;
}

function Whole(): ReactElement {
  const auth = useAuth();
  const name: string | undefined = useAuth(({ user }) => user?.name);
  switch (auth.status) {
    case "loading":
      // @ts-expect-error -- there is no client yet
      void auth.client.getUserInfo();
      break;
    case "anonymous":
      void auth.state.reason;
      break;
    case "authenticated": {
      const user: User = auth.user;
      void [user, auth.state.expiresAt, auth.client.state];
      break;
    }
    case "failed":
      void auth.error.code;
      break;
    default: {
      const none: never = auth;
      void none;
    }
  }
  return <button onClick={() => auth.logout()}>{name}</button>;
}

export const app = (
  <AuthProvider
    config={config}
    fallback={<p>…</p>}
    errorFallback={({ code }) => <p>{code}</p>}
    onCallback={({ returnTo }) => void returnTo?.length}
    suspense
  >
    <RequireAuth
      fallback="…"
      login={{ prompt: "login" }}
      anonymous={({ reason, error, login }) => (
        <button onClick={login}>
          {reason} {error?.code}
        </button>
      )}
    >
      <Greeting />
      <Whole />
    </RequireAuth>
  </AuthProvider>
);

export const others = [
  <AuthProvider client={client} key="client" />,
  <AuthProvider client={Promise.resolve(client)} onCallback={undefined} key="promise" />,
  // @ts-expect-error -- it has to have one of the two
  <AuthProvider key="neither" />,
  // @ts-expect-error -- and not both
  <AuthProvider config={config} client={client} key="both" />,
  // @ts-expect-error -- the options of a login
  <RequireAuth login={{ return: "/" }} key="login" />,
];
