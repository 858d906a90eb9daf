/** An upstream and receivers of webhooks that follow a script, in place of the Courier. */
import type { CopyOutcome, CopyPace } from "../../src/courier/copy.ts";
import type { CourierPort } from "../../src/courier/port.ts";
import type { WebhookResponse } from "../../src/domain/delivery.ts";

/** After so long a copy in a hurry, and a steady one, end that bring too little (courier/copy.ts). */
const HURRIED_MS = 1_250;
const PACE_WINDOW_MS = 25_000;
/** How long a large file takes. */
const LARGE_MS = 40_000;

/** What is to become of one submission. Lists are used up one by one, then the last entry goes on. */
export interface Script {
  readonly submit: readonly (
    | "accept"
    | "accept-unheard"
    | "unheard"
    /** A 403 without the upstream's envelope. */
    | "forbidden"
    | "refuse"
    | "key-refused"
    /** So late that the caller has got a taskId meanwhile. */
    | "late-key-refused"
    | "hang"
  )[];
  /** What the upstream says it costs; null: nothing usable. */
  readonly credits: number | null;
  readonly query: readonly ("running" | "unheard" | "missing" | "completed" | "failed" | "cancelled")[];
  /**
   * `drip`: nothing but a byte now and then, until the copy's own limit. `stall`: the same behind a start that comes
   * fast. `large`: fast, but not whole before 40 s have passed.
   */
  readonly copy: readonly ("stored" | "unavailable" | "drip" | "stall" | "large")[];
}

/** An upstream that knows an idempotency key when it sees one again, as the real one does. */
export class ScriptedUpstream implements CourierPort {
  /** Accepted tasks, by idempotency key: what it charges for. */
  readonly accepted = new Map<string, string>();
  readonly #attempts = new Map<string, number>();
  #stallsOnce = false;
  #hanging: (() => void)[] = [];
  #dripping: { readonly until: number; readonly end: () => void }[] = [];
  readonly #now: () => number;
  /** What a receiver of webhooks answers, by URL. */
  deliverTo: (url: string) => Promise<WebhookResponse> = async () => {
    throw new Error("no webhook is set");
  };
  /** Calls made so far. */
  calls = 0;
  /** Answers that are still to come without anyone's doing. */
  late = 0;
  /** The master key of each submission, oldest first. */
  readonly masterKeysUsed: string[] = [];

  #next<T>(what: string, list: readonly T[]): T {
    this.calls += 1;
    const attempt = this.#attempts.get(what) ?? 0;
    this.#attempts.set(what, attempt + 1);
    return list[Math.min(attempt, list.length - 1)] as T;
  }

  constructor(now: () => number) {
    this.#now = now;
  }

  get isHanging(): boolean {
    return this.#hanging.length > 0;
  }

  /** Calls that hang have come to their limit. */
  giveUp(): void {
    for (const resolve of this.#hanging.splice(0)) resolve();
  }

  /** Copies that drip end when their limit is over. */
  endDrips(): void {
    const over = this.#dripping.filter(({ until }) => until <= this.#now());
    this.#dripping = this.#dripping.filter(({ until }) => until > this.#now());
    for (const { end } of over) end();
  }

  async submit(masterKeyId: string, idempotencyKey: string, body: string) {
    this.masterKeysUsed.push(masterKeyId);
    const script = JSON.parse(body) as Script;
    const known = this.accepted.get(idempotencyKey);
    const answer = this.#next(`submit ${idempotencyKey}`, script.submit);
    const unheard = { kind: "unknown", detail: "script", busy: false, retryAfterMs: null } as const;
    if (answer === "hang") await new Promise<void>((resolve) => this.#hanging.push(resolve));
    if (answer === "hang") return unheard;
    if (answer === "late-key-refused") {
      this.late += 1;
      await new Promise((resolve) => setTimeout(resolve, 30));
      this.late -= 1;
    }
    if (known === undefined) {
      if (answer === "unheard") return unheard;
      if (answer === "forbidden") return { ...unheard, forbidden: true } as const;
      if (answer === "refuse") return { kind: "refused", code: 50014, msg: "Refused" } as const;
      if (answer === "key-refused" || answer === "late-key-refused")
        return { kind: "key-refused", code: 60001 } as const;
      this.accepted.set(idempotencyKey, body);
    }
    if (answer === "accept-unheard") return unheard;
    return {
      kind: "accepted",
      upstreamId: idempotencyKey,
      upstreamNo: null,
      credits: script.credits === null ? null : String(script.credits),
    } as const;
  }

  async query(_pinned: string | null, _others: readonly string[], { upstreamId }: { upstreamId: string }) {
    const script = JSON.parse(this.accepted.get(upstreamId) ?? "null") as Script;
    const answer = this.#next(`query ${upstreamId}`, script.query);
    const progress = Math.min(10 * (this.#attempts.get(`query ${upstreamId}`) ?? 0), 90);
    if (answer === "missing") return { outcome: { kind: "missing" }, refused: [] } as const;
    if (answer === "unheard") {
      return { outcome: { kind: "unknown", detail: "script", busy: true, retryAfterMs: null }, refused: [] } as const;
    }
    const status = { running: 1, completed: 2, failed: 3, cancelled: 5 }[answer];
    const done = {
      fileUrl: `https://up.example/${upstreamId}`,
      thumbnailUrl: null,
      failed: false,
      failReason: "",
      rest: "{}",
    };
    const results = answer === "completed" ? [done] : [];
    const snapshot = { status, progress, failReason: "", results, rest: "{}" };
    return { outcome: { kind: "snapshot", snapshot }, refused: [] } as const;
  }

  #copyScript(url: string): Script["copy"] {
    return (JSON.parse(this.accepted.get(url.slice("https://up.example/".length)) ?? "null") as Script).copy;
  }

  /** The next file that could be stored comes slowly when its start is looked at. */
  stallOnce(): void {
    this.#stallsOnce = true;
  }

  async startsSlowly(url: string): Promise<boolean> {
    this.calls += 1;
    const script = this.#copyScript(url);
    const next = script[Math.min(this.#attempts.get(`copy ${url}`) ?? 0, script.length - 1)];
    if (next !== "drip" && !(this.#stallsOnce && next === "stored")) return false;
    if (next !== "drip") this.#stallsOnce = false;
    await new Promise<void>((end) => this.#dripping.push({ until: this.#now() + HURRIED_MS, end }));
    return true;
  }

  async copy(url: string, _key: string, _kind: string, limitMs: number, pace: CopyPace): Promise<CopyOutcome> {
    const answer = this.#next(`copy ${url}`, this.#copyScript(url));
    if (answer === "stored") return { ok: true, bytes: 1, contentType: "image/png", etag: "" };
    if (answer === "large") {
      const takesMs = Math.min(limitMs, LARGE_MS);
      await new Promise<void>((end) => this.#dripping.push({ until: this.#now() + takesMs, end }));
      if (takesMs === LARGE_MS) return { ok: true, bytes: 1, contentType: "video/mp4", etag: "" };
      return { ok: false, reason: "unavailable", detail: "script", speed: "large" };
    }
    if (answer === "drip" || answer === "stall") {
      const takesMs = pace === "hurried" ? HURRIED_MS : Math.min(limitMs, pace === "steady" ? PACE_WINDOW_MS : limitMs);
      await new Promise<void>((end) => this.#dripping.push({ until: this.#now() + takesMs, end }));
      return { ok: false, reason: "unavailable", detail: "script", speed: "slow" };
    }
    return { ok: false, reason: "unavailable", detail: "script" };
  }

  async removeFiles() {
    return 0;
  }

  deliver({ url }: { readonly url: string }): Promise<WebhookResponse> {
    this.calls += 1;
    return this.deliverTo(url);
  }
}
