/** What a sample of code is made of, and what it is. */
import type { RequestFields } from "./request.ts";

/** A sample in one language. `notes`: what differs from the form, in English, as the code is. */
export interface Sample {
  /** Null: this API cannot make the request; `notes` has the reason. */
  readonly code: string | null;
  readonly notes: readonly string[];
}

/** What a sample is made of. */
export interface SampleInput {
  /** Origin of the gateway. */
  readonly baseUrl: string;
  readonly medium: "image" | "video";
  readonly request: RequestFields;
  /** The same request with URLs of references in place of `fileId`s. */
  readonly withUrls: RequestFields;
}
