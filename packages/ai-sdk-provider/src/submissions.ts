/**
 * Makes the AI SDK's retries safe. A retry is a new call of the model without a sign of the earlier one; as a new submission
 * it would create and pay a second task if the first one was accepted and its response lost. All attempts of one call of the
 * SDK share one object of headers, so what failed is kept with that object: the next equal attempt repeats the same request
 * under the same idempotency key.
 */
import { APICallError, type SharedV4ProviderOptions } from "@ai-sdk/provider";
import type { GenerateRequest } from "paddock-client";
import { type CallHeaders, headerOf } from "./connection.ts";

/** A request with its uploads done, and its key. */
export interface Prepared {
  readonly request: GenerateRequest;
  readonly idempotencyKey: string;
}

/** Options of a call, as far as they are read here. */
interface CallOptions {
  readonly headers?: CallHeaders;
  readonly providerOptions: SharedV4ProviderOptions;
  readonly abortSignal?: AbortSignal;
}

interface Failed {
  readonly options: object;
  readonly prepared: Prepared;
}

/** Failed submissions, for as long as the SDK may retry them. */
export class Submissions {
  readonly #failed = new WeakMap<object, Failed[]>();

  /**
   * Runs one attempt: prepares its request, or takes that of an equal attempt that failed.
   *
   * @throws what `prepare` or `attempt` throws
   */
  async run<T>(
    options: CallOptions,
    prepare: () => Promise<GenerateRequest>,
    attempt: (prepared: Prepared) => Promise<T>,
  ): Promise<T> {
    const compared = { ...options, headers: undefined, abortSignal: undefined };
    const prepared = this.#take(options.headers, compared) ?? {
      request: await prepare(),
      idempotencyKey: headerOf(options.headers, "idempotency-key", "x-idempotency-key") ?? newKey(),
    };
    try {
      return await attempt(prepared);
    } catch (error) {
      if (options.headers && APICallError.isInstance(error) && error.isRetryable) {
        const failed = this.#failed.get(options.headers) ?? [];
        this.#failed.set(options.headers, [...failed, { options: compared, prepared }]);
      }
      throw error;
    }
  }

  #take(headers: object | undefined, options: object): Prepared | null {
    const failed = (headers && this.#failed.get(headers)) ?? [];
    const index = failed.findIndex((one) => isEqual(one.options, options));
    return failed.splice(index, index < 0 ? 0 : 1)[0]?.prepared ?? null;
  }
}

function isEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (a instanceof Uint8Array || b instanceof Uint8Array) {
    if (!(a instanceof Uint8Array && b instanceof Uint8Array) || a.length !== b.length) return false;
    return a.every((byte, index) => byte === b[index]);
  }
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => isEqual((a as Fields)[name], (b as Fields)[name]));
}

type Fields = Readonly<Record<string, unknown>>;

function newKey(): string {
  // Not randomUUID, which is missing on pages without TLS.
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
