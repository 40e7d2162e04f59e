/** A failure that one sentence explains; no stack trace is shown for it. */
export class Failure extends Error {}

/** @returns {string} seconds since the command was started */
function elapsed() {
  return (performance.now() / 1000).toFixed(1).padStart(5);
}

/** @param {string} text */
export function say(text) {
  process.stdout.write(`[${elapsed()} s] ${text}\n`);
}

/**
 * Does one step and prints one line about it: when it began, what it is, how it ended.
 *
 * @param {string} name
 * @param {(doing: (what: string) => void) => Promise<string>} work gives back in a few words how it
 *   ended; what it does before that and takes long, it may tell by `doing`
 */
export async function step(name, work) {
  process.stdout.write(`[${elapsed()} s] ${name} … `);
  const began = performance.now();
  try {
    const ending = await work((what) => process.stdout.write(`${what} … `));
    const seconds = (performance.now() - began) / 1000;
    process.stdout.write(seconds < 1 ? `${ending}\n` : `${ending} (${seconds.toFixed(1)} s)\n`);
  } catch (error) {
    process.stdout.write("failed\n");
    throw error;
  }
}

/**
 * Runs a command's main function; a {@link Failure} ends it with its sentence and exit code 1.
 *
 * @param {() => Promise<void>} main
 */
export async function command(main) {
  try {
    await main();
  } catch (error) {
    process.stderr.write(
      error instanceof Failure
        ? `\n${error.message}\n`
        : `\n${/** @type {Error} */ (error).stack}\n`,
    );
    process.exit(1);
  }
}
