/** Every error code on SeedHorse's page, with its description there (source: "Error Codes"). */
export const ERROR_CODES: ReadonlyMap<number, string> = new Map([
  [10001, "System busy"],
  [10006, "Failed to acquire lock"],
  [20001, "Not logged in or login expired"],
  [20002, "No access permission"],
  [20003, "No permission to operate this task"],
  [20008, "Invalid API Key"],
  [30001, "Invalid parameters"],
  [40002, "Task does not exist"],
  [40003, "Model does not exist or has been offline"],
  [50001, "Model disabled"],
  [50002, "Channel unavailable"],
  [50003, "Generation method not supported"],
  [50006, "Resolution not supported"],
  [50007, "Duration not supported"],
  [50008, "Image size not supported"],
  [50009, "Aspect ratio not supported"],
  [50010, "Invalid image count"],
  [50011, "Reference image required"],
  [50014, "Reference content failed safety review"],
  [50015, "Reference content blocked"],
  [60001, "Insufficient credits"],
  [60002, "Billing lock busy, please retry"],
]);

const AUTHENTICATION = new Set([20001, 20002, 20008]);

/** HTTP statuses of error envelopes; the page documents none, so they can be chosen. */
export interface StatusPolicy {
  /** of 20001, 20002 and 20008; default 401 */
  authStatus: number;
  /** of every other code; default 200 */
  businessStatus: number;
}

/** The HTTP status an error with this code travels under. */
export function statusOf(code: number, policy: StatusPolicy): number {
  return AUTHENTICATION.has(code) ? policy.authStatus : policy.businessStatus;
}

/** An error for the caller: one of SeedHorse's codes and a message. */
export class Refusal extends Error {
  readonly code: number;

  constructor(code: number, message = ERROR_CODES.get(code) ?? "Unknown error") {
    super(message);
    this.name = "Refusal";
    this.code = code;
  }
}

/** The body of an error reply, members in the order of SeedHorse's page. */
export function errorEnvelope(code: number, msg: string) {
  return { code, msg, ok: false, data: null };
}

/** The body of a successful reply, members in the order of SeedHorse's page. */
export function successEnvelope(data: unknown) {
  return { code: 0, data, msg: "success", ok: true };
}
