import { createAuth } from "portcullis/svelte";

const { issuer, clientId, api } = await (await fetch("/config.json")).json();

export { api };

export const auth = createAuth({
  issuer,
  clientId,
  postLogoutRedirectUri: "/",
  scope: "openid profile email offline_access inbox.read",
  resource: api,
  apis: [api],
});
