import { AuthError } from "./index.js";
import type { LogEvent } from "./index.js";

/** How much {@link consoleLogger} says. */
export interface ConsoleLoggerOptions {
  /** Only what went wrong. Default: everything. */
  errorsOnly?: boolean;
}

/**
 * A `logger` that writes to the browser's console: what went wrong as warnings, the rest at the level
 * that consoles show as "verbose".
 *
 * ```ts
 * import { createClient } from "portcullis";
 * import { consoleLogger } from "portcullis/console";
 *
 * const client = await createClient({ issuer, clientId, logger: consoleLogger() });
 * ```
 *
 * @throws {AuthError} `invalid_config`, with the name of the option that is wrong or unknown
 */
export function consoleLogger(options: ConsoleLoggerOptions = {}): (event: LogEvent) => void {
  const { errorsOnly = false, ...unknown } = Object(options) as ConsoleLoggerOptions;
  const [wrong] = typeof errorsOnly === "boolean" ? Object.keys(unknown) : ["errorsOnly"];
  if (wrong !== undefined) {
    const message = `the configuration is not valid: ${wrong}`;
    throw new AuthError({ code: "invalid_config", message, retryable: false });
  }
  return ({ message, error }) => {
    const text = `[portcullis] ${new Date().toLocaleTimeString()} ${message}`;
    if (error) console.warn(`${text} (${error.code}: ${error.message})`);
    else if (!errorsOnly) console.debug(text);
  };
}
