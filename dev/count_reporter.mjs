/**
 * A node:test reporter that prints nothing but how many tests passed and failed, as JSON.
 *
 * @param {AsyncIterable<import("node:test/reporters").TestEvent>} events
 */
export default async function* countReporter(events) {
  const count = { passed: 0, failed: 0 };
  for await (const { type, data } of events) {
    if (type !== "test:pass" && type !== "test:fail") continue;
    if (data.details.type === "suite" || data.skip || data.todo) continue;
    if (type === "test:pass") count.passed += 1;
    else count.failed += 1;
  }
  yield JSON.stringify(count);
}
