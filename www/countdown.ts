/** Calls back on each whole second before a deadline, and stands still when there is none. */
export class Countdown {
  readonly #onTick: (now: number) => void;
  #deadline = 0;
  #timer: number | undefined;

  constructor(onTick: (now: number) => void) {
    this.#onTick = onTick;
  }

  /** Starts, or moves to another deadline, in ms since the epoch. */
  runTo(deadline: number): void {
    this.stop();
    this.#deadline = deadline;
    this.#tick();
  }

  stop(): void {
    window.clearTimeout(this.#timer);
  }

  #tick(): void {
    const now = Date.now();
    this.#onTick(now);
    // Aligned to the deadline's own seconds, so that no number is skipped or shown twice.
    const toNextSecond = (((this.#deadline - now) % 1000) + 1000) % 1000 || 1000;
    this.#timer = window.setTimeout(() => this.#tick(), toNextSecond);
  }
}
