/** Calls that their caller can do without. */
import { logEvent } from "./log.ts";

/** Waits for a call and logs its failure. @param event name of the log event. @returns null if the call failed */
export function attempt<T>(
  call: Promise<T>,
  event: string,
  fields: Readonly<Record<string, unknown>> = {},
): Promise<T | null> {
  return call.catch((error: unknown) => {
    logEvent("warn", event, { ...fields, error: String(error) });
    return null;
  });
}
