/** The path of each endpoint, under the name that oidc-provider has for it. */
export const endpointPaths = {
  authorization: "/authorize",
  token: "/token",
  userinfo: "/userinfo",
  jwks: "/jwks",
  revocation: "/revoke",
  introspection: "/introspect",
  end_session: "/logout",
  pushed_authorization_request: "/par",
  device_authorization: "/device/authorize",
  code_verification: "/device",
};

/** @typedef {keyof typeof endpointPaths | "discovery" | "interaction"} Endpoint */

/** @type {[Endpoint, ...Endpoint[]]} */
export const endpoints = [
  "discovery",
  "interaction",
  .../** @type {(keyof typeof endpointPaths)[]} */ (Object.keys(endpointPaths)),
];

/**
 * Names the endpoint that a request goes to; undefined for the control interface and assets.
 *
 * @param {string} path
 * @returns {Endpoint | undefined}
 */
export function endpointOf(path) {
  if (path.startsWith("/.well-known/")) return "discovery";
  if (path.startsWith("/interaction/")) return "interaction";
  const exact = endpoints.find((name) => name in endpointPaths && pathOf(name) === path);
  return exact ?? endpoints.find((name) => path.startsWith(`${pathOf(name)}/`));
}

/** @param {Endpoint} name */
function pathOf(name) {
  return endpointPaths[/** @type {keyof typeof endpointPaths} */ (name)];
}
