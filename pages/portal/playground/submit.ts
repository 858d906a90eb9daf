/** Sends a request under one idempotency key, so that a repetition of any kind is charged once. */

/** The response of `POST /task/generate`. */
export interface Submission {
  readonly taskId: number;
  readonly estimatedCredits: number;
}

/** The gateway and time, passed in for tests. */
export interface SubmitParts {
  /** Sends the text; rejects with an error that has the `status` of the response, 0 if there was none. */
  readonly post: (text: string, idempotencyKey: string) => Promise<Submission>;
  readonly newKey: () => string;
  readonly wait: (ms: number) => Promise<void>;
}

/** Pauses before the attempts after the first, in ms. */
const PAUSES_MS = [1_000, 2_000, 4_000];

/** Submits requests, one at a time. */
export class Submitter {
  readonly #parts: SubmitParts;
  /** A request whose outcome is not known: the same text goes out again under the same key. */
  #open: { readonly text: string; readonly key: string } | null = null;

  constructor(parts: SubmitParts) {
    this.#parts = parts;
  }

  /** True if the outcome of this request is not known. */
  isOpen(text: string): boolean {
    return this.#open?.text === text;
  }

  /** Submits a request. @throws what `post` rejected with; after an error without a definite outcome, see `isOpen` */
  async submit(text: string): Promise<Submission> {
    const { post, newKey, wait } = this.#parts;
    const key = this.#open?.text === text ? this.#open.key : newKey();
    this.#open = { text, key };
    for (const pause of [...PAUSES_MS, null]) {
      try {
        const submission = await post(text, key);
        this.#open = null;
        return submission;
      } catch (error) {
        if (!isUnsettled(error)) {
          this.#open = null;
          throw error;
        }
        if (pause === null) throw error;
        await wait(pause);
      }
    }
    throw new Error("not reached");
  }
}

/** True if the gateway may have accepted the request: no response, a failure of the gateway, or the first one is still running. */
function isUnsettled(error: unknown): boolean {
  const { status } = error as { readonly status?: unknown };
  return status === 0 || status === 409 || (typeof status === "number" && status >= 500 && status !== 507);
}

/** Returns a random idempotency key. Not by `crypto.randomUUID`, which pages over plain http do not have. */
export function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
