import { UserManager, WebStorageStateStore } from "oidc-client-ts";

/** @type {import("../page.js").Start} */
export async function start({ issuer, clientId, scope }) {
  const manager = new UserManager({
    authority: issuer,
    client_id: clientId,
    scope,
    redirect_uri: `${location.origin}/callback`,
    // The default, sessionStorage, is not shared by tabs.
    userStore: new WebStorageStateStore({ store: localStorage }),
    automaticSilentRenew: true,
  });
  const current = async () => {
    const user = await manager.getUser();
    return user?.expired ? manager.signinSilent() : user;
  };
  let user;
  if (location.pathname === "/callback") {
    user = await manager.signinRedirectCallback();
    history.replaceState(null, "", "/");
  } else {
    user = await manager.getUser();
  }
  return {
    authenticated: user !== null,
    login: () => manager.signinRedirect({ nonce: crypto.randomUUID() }),
    token: async () => (await current())?.access_token,
    refresh: () => manager.signinSilent(),
  };
}
