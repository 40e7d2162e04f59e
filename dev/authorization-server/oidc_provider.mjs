/*
 * oidc-provider prints on import that it would like Node 22. This project supports Node 20, where
 * the library's features used here were seen to work, so that one line is left out.
 */
const { warn } = console;
console.warn = (...message) => {
  if (!String(message[0]).includes("Unsupported runtime")) warn(...message);
};

export const { Provider, errors } = await import("oidc-provider").finally(() => {
  console.warn = warn;
});
