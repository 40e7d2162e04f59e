import type { Client, ClientConfig } from "portcullis";
import { createAuth } from "portcullis/svelte";
import type { Auth } from "portcullis/svelte";
import { derived, get } from "svelte/store";
import type { Readable } from "svelte/store";

declare const config: ClientConfig;
declare const client: Client;

const auth = createAuth(config);
const store: Readable<Auth> = auth;
const name: Readable<string | undefined> = derived(auth, ({ user }) => user?.name);
const now = get(auth);
if (now.status === "authenticated") void now.user.sub;
const isLoggedIn: Promise<boolean> = auth.requireLogin({ returnTo: "/inbox" });
void [store, name, isLoggedIn, createAuth(client)];

// @ts-expect-error -- the session is not set from outside
auth.set(now);
// @ts-expect-error -- the options of a login
void auth.requireLogin({ return: "/" });
