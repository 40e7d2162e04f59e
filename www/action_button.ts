import { named } from "./element";

/** Runs `action` on each press, one at a time; a failure goes to `onError`. */
export function actionButton(
  testId: string,
  action: () => Promise<void>,
  onError: (error: unknown) => void,
): void {
  const button = named(testId);
  let running = false;
  button.addEventListener("click", async () => {
    if (running) {
      return;
    }
    running = true;
    // Not `disabled`: that would take the keyboard focus away.
    button.ariaDisabled = "true";
    try {
      await action();
    } catch (error) {
      onError(error);
    } finally {
      running = false;
      button.ariaDisabled = null;
    }
  });
}
