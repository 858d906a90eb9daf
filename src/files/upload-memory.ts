/**
 * Limits the memory of bodies that arrive in this isolate, whose 128 MB all tenants share: uploads, and JSON that is not small. An upload of known length only
 * passes through; one of unknown length is collected, and needs a place for more than 1.25 MiB (part-memory.ts).
 */
import { contentLength } from "../lib/content-length.ts";
import { type BodySender, FREE_PART_BYTES } from "./part-memory.ts";
import { RecentSpeed } from "./recent-speed.ts";
import { Turns } from "./turns.ts";

/** There is no memory for a body, or no more. */
export class NoMemoryError extends Error {
  override readonly name = "NoMemoryError";
}

const MEBIBYTE = 2 ** 20;
/** Limit for all tenants together. */
const BUDGET_BYTES = 54 * MEBIBYTE;
/** Limit for one tenant, so that others get through. */
const TENANT_BYTES = 32 * MEBIBYTE;
/** Limits for all end users of a tenant, so that its backend gets through, and for one of them. */
const END_USERS_BYTES = 22 * MEBIBYTE;
const END_USER_BYTES = 17 * MEBIBYTE;
const PASSED_THROUGH = MEBIBYTE;

/** Bytes taken by tenants and end users, by name. */
const takenBy = new Map<string, number>();
let taken = 0;

/** @param length of a file that is the whole body; null if it is not known. @returns the bytes of memory that it may need without a place */
export function memoryOfFile(length: number | null): number {
  return length === null ? PASSED_THROUGH + FREE_PART_BYTES : PASSED_THROUGH;
}

/** @returns the bytes of memory that an upload with these headers may need without a place */
export function memoryOfUpload(headers: Headers): number {
  const declared = contentLength(headers);
  const isForm = /^\s*multipart\//i.test(headers.get("content-type") ?? "");
  if (declared === null || !isForm) return memoryOfFile(declared);
  return PASSED_THROUGH + Math.min(FREE_PART_BYTES, 2 * declared);
}

/** Memory of one body. */
export interface BodyMemory {
  /** Counts bytes that arrived. From the first call on, the memory may be lost while the body drips. */
  count(bytes: number): void;
  /** True once another tenant has taken the memory: the transfer must end. */
  readonly isLost: boolean;
  /** Gives the memory back. May be called again, and after it was lost. */
  release(): void;
}

interface Held {
  readonly tenantId: string;
  readonly memory: BodyMemory;
  readonly recent: RecentSpeed;
  isLost: boolean;
}

/** Bodies whose bytes are counted. */
const counted = new Set<Held>();
const turns = new Turns((tenantId) => takenOf(tenantId));

/** The same as `takeUploadMemory`, but waits while other tenants have the isolate's. */
export async function waitForUploadMemory(
  sender: BodySender,
  bytes: number,
): Promise<BodyMemory | "tenant" | "isolate"> {
  const { tenantId } = sender;
  const take = () => (turns.isTurnOf(tenantId) ? takeUploadMemory(sender, bytes) : "isolate");
  const first = take();
  return first === "isolate" ? turns.wait(tenantId, take) : first;
}

/**
 * Reserves memory for one body. If other tenants hold all of the isolate's, those that drip lose it, first of the tenant with the most, to a
 * tenant that has less.
 *
 * @returns the memory; or whose memory is used up
 */
export function takeUploadMemory({ tenantId, endUser }: BodySender, bytes: number): BodyMemory | "tenant" | "isolate" {
  const shares = [{ name: tenantId, most: TENANT_BYTES }];
  if (endUser !== null) {
    shares.push({ name: `${tenantId} end users`, most: END_USERS_BYTES });
    shares.push({ name: `${tenantId} end user ${endUser}`, most: END_USER_BYTES });
  }
  if (shares.some(({ name, most }) => takenOf(name) + bytes > most)) return "tenant";
  while (taken + bytes > BUDGET_BYTES) if (!takeFromDripping(tenantId)) return "isolate";
  const add = (more: number) => {
    taken += more;
    for (const { name } of shares) {
      const left = takenOf(name) + more;
      if (left > 0) takenBy.set(name, left);
      else takenBy.delete(name);
    }
  };
  add(bytes);
  turns.served(tenantId);
  let isHeld = true;
  const held: Held = {
    tenantId,
    recent: new RecentSpeed(),
    isLost: false,
    memory: {
      count(arrived) {
        held.recent.count(arrived);
        if (isHeld) counted.add(held);
      },
      get isLost() {
        return held.isLost;
      },
      release() {
        if (isHeld) add(-bytes);
        isHeld = false;
        counted.delete(held);
      },
    },
  };
  return held.memory;
}

const takenOf = (name: string) => takenBy.get(name) ?? 0;

/** Frees the memory of one body of a tenant that has more than this one. @returns whether one drips */
function takeFromDripping(tenantId: string): boolean {
  const [slowest] = [...counted]
    .filter((held) => held.recent.isDripping && takenOf(held.tenantId) > takenOf(tenantId))
    .toSorted(
      (one, other) =>
        takenOf(other.tenantId) - takenOf(one.tenantId) || one.recent.bytesPerSecond - other.recent.bytesPerSecond,
    );
  if (slowest === undefined) return false;
  slowest.isLost = true;
  slowest.memory.release();
  return true;
}
