import type { LogEvent } from "portcullis";

/** One line about what the SDK did. The SDK puts no secret into its log events. */
export function describeLogEvent(event: LogEvent): string {
  return event.message;
}
