import type { Client, ClientConfig, User } from "portcullis";
import { createAuth, useAuth } from "portcullis/vue";
import { createApp } from "vue";
import type { ComputedRef } from "vue";
import { createRouter, createWebHistory } from "vue-router";

declare const config: ClientConfig;
declare const client: Client;

const auth = createAuth(config, { onCallback: ({ returnTo }) => void returnTo });
const router = createRouter({ history: createWebHistory(), routes: [] });
auth.guard(router);
auth.guard(router, {
  isProtected: ({ meta, fullPath }) => meta["members"] === true && fullPath !== "/",
  otherwise: "/welcome",
  login: { prompt: "login" },
});
createApp({}).use(auth).use(router);

const { user, status, getAccessToken } = useAuth();
const ref: ComputedRef<User | null> = user;
const token: Promise<string> = getAccessToken();
const ready: Promise<Client> = createAuth(client).ready;
void [ref, token, ready, createAuth(Promise.resolve(client))];
if (auth.auth.value.status === "authenticated") void auth.auth.value.user.sub;

// @ts-expect-error -- there is no such status
status.value === "started";
// @ts-expect-error -- it is read-only
user.value = null;
// @ts-expect-error -- neither a configuration nor a client
createAuth({ issuer: "https://issuer.example" });
