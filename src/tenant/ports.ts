/** What the tenant's parts need from outside their own tables; the object hands it to them. */

import type { Config } from "../config.ts";
import type { CopyOutcome, DeclaredKind } from "../courier/copy.ts";
import type { QueryReport } from "../courier/courier.ts";
import type { SubmitOutcome } from "../courier/seedhorse.ts";

/** The Courier as objects see it, over RPC. */
export interface CourierPort {
  submit(masterKeyId: string, idempotencyKey: string, body: string): Promise<SubmitOutcome>;
  query(pinned: string | null, others: readonly string[], upstreamId: string, taskId: number): Promise<QueryReport>;
  copy(url: string, key: string, declaredKind: DeclaredKind): Promise<CopyOutcome>;
  removeFiles(prefix: string): Promise<number>;
}

/** Time and chance, so that tests can choose both. */
export interface Chance {
  /** ms since epoch. */
  now(): number;
  /** 0 to 1. */
  random(): number;
  randomBytes(count: number): Uint8Array;
}

export const REAL_CHANCE: Chance = {
  now: () => Date.now(),
  random: () => Math.random(),
  randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
};

/** Writes one line of the structured log; fields are plain and never secret. */
export type Log = (level: "info" | "warn" | "error", event: string, fields?: Record<string, unknown>) => void;

/** Everything that the tenant's parts share. */
export interface Surroundings {
  readonly config: Config;
  readonly courier: CourierPort;
  readonly chance: Chance;
  readonly log: Log;
}
