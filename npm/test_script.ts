import type { AuthError, Client } from "./index.js";

/** A method of the client whose calls are recorded. */
export type TestMethod = Exclude<keyof Client, "state" | "callback" | "subscribe" | "on">;

/** A call of a method. */
export interface TestCall {
  readonly method: TestMethod;
  readonly args: readonly unknown[];
}

/** What was called, and which calls are to fail. */
export class TestScript {
  readonly calls: TestCall[] = [];
  readonly #failures = new Map<TestMethod, AuthError[]>();

  /** Lets the next call of `method` that has no failure yet be rejected. */
  fail(method: TestMethod, error: AuthError): void {
    const failures = this.#failures.get(method) ?? [];
    this.#failures.set(method, [...failures, error]);
  }

  /** @throws what the next call of `method` is to fail with */
  failIfScripted(method: TestMethod): void {
    const error = this.#failures.get(method)?.shift();
    if (error) throw error;
  }

  record(method: TestMethod, args: readonly unknown[]): void {
    this.calls.push({ method, args });
  }
}
