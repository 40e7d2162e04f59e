// An `AbortSignal` that the caller gave, or not.

/**
 * Waits until it aborts.
 *
 * @param {AbortSignal | null | undefined} signal
 */
export function aborted(signal) {
  const stopped = new AbortController();
  const result = new Promise((resolve) => {
    signal?.addEventListener("abort", resolve, { signal: stopped.signal });
    // What waits in Rust for a promise is freed only once it is settled.
    stopped.signal.addEventListener("abort", resolve);
    if (signal?.aborted) resolve(undefined);
  });
  return { result, stop: () => stopped.abort() };
}
