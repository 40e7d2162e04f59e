// What a tab remembers of the sessions that the server has ended.

/** Where the tab keeps the time of the latest end. */
const LATEST = "portcullis end by server";
/** Within this time, in milliseconds, an end follows from the one before. */
const AT_ONCE = 60_000;

/**
 * Notes that the server has ended a session now. Says whether it had ended another one just before: whoever
 * logs in again unasked could do so for ever.
 */
export function endsAgain() {
  try {
    const [before, now] = [sessionStorage.getItem(LATEST), Date.now()];
    sessionStorage.setItem(LATEST, String(now));
    return before !== null && Math.abs(now - Number(before)) < AT_ONCE;
  } catch {
    // Without any storage of the tab there is no login by redirect either.
    return false;
  }
}
