// The part of the wasm that a page does not need to begin with.

/**
 * @type {() => Promise<void> | undefined}
 */
let load = () => undefined;

/**
 * Says how it is loaded; there is no promise once it is here.
 *
 * @param {() => Promise<void> | undefined} how
 */
export function provideRest(how) {
  load = how;
}

/**
 * Why it could not be had, when that was tried last.
 *
 * @type {unknown}
 */
export let failure;

/** Whoever needs it waits for this, unless it is here. */
export function loadRest() {
  return load()?.catch((/** @type {unknown} */ why) => {
    failure = why;
    throw "wasm_unavailable";
  });
}
