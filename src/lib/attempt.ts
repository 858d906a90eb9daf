/** Calls that their caller can do without. */
import { logEvent } from "./log.ts";
import { within } from "./time-limit.ts";

/**
 * Waits for a call for a limited time, and logs its failure.
 *
 * @param event name of the log event
 * @returns null if the call failed or took too long
 */
export function attempt<T>(
  call: Promise<T>,
  limitMs: number,
  event: string,
  fields: Readonly<Record<string, unknown>> = {},
): Promise<T | null> {
  const ended = call.catch((error: unknown) => {
    logEvent("warn", event, { ...fields, error: String(error) });
    return null;
  });
  return within<T | null, null>(ended, limitMs, null);
}
