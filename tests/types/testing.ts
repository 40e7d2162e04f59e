import type { AuthError, Client, LoginOptions } from "portcullis";
import { authError, createTestClient } from "portcullis/testing";
import type { TestClient } from "portcullis/testing";

const client: TestClient = createTestClient({ user: { sub: "alice", roles: ["admin"] } });
const asReal: Client = client;
const error: AuthError = authError("network", { retryable: true });
client.failNext("getAccessToken", error);
client.failNext("logout", "timeout");
client.emit("refreshFailed", { error, retryAt: null });
const [login] = client.callsOf("loginWithRedirect");
const options: LoginOptions | undefined = login?.[0];
void [asReal, options];

// @ts-expect-error -- there is no such method
client.failNext("login", "network");
// @ts-expect-error -- nor such a code
client.failNext("logout", "netwrok");
// @ts-expect-error -- an event has its detail
client.emit("logout");
// @ts-expect-error -- a user has a subject
createTestClient({ user: { name: "Alice" } });
// @ts-expect-error -- there is no such option
createTestClient({ status: "authenticated" });
