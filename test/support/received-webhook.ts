/** What the webhook receiver and the tests that use it tell each other. */

/** One request as it arrived, its body untouched; header names in lower case. */
export interface ReceivedWebhook {
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** How the receiver answers one request; 200 "thanks" at once unless told otherwise. */
export interface ReceiverReply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly delayMs?: number;
  /** `hang`: no answer; `hang-in-body`: headers and body, but no end; `drop`: the connection is cut. */
  readonly fault?: "hang" | "hang-in-body" | "drop";
}
