/** The tasks that were made on this page in this browser, so that coming back finds them. The tasks themselves are the gateway's. */

/** Where the list is kept: `localStorage`, or nothing where the browser has none. */
export type Shelf = Pick<Storage, "getItem" | "setItem">;

/** Returns a browser's storage; one that keeps nothing where the browser refuses it. */
export function shelfOf(open: () => Shelf): Shelf {
  try {
    return open();
  } catch {
    return { getItem: () => null, setItem: () => {} };
  }
}

/** As long as a session of the portal. */
const KEPT_MS = 12 * 3_600_000;
const MOST_TASKS = 20;

interface Kept {
  readonly taskId: number;
  /** ms since epoch. */
  readonly at: number;
}

/** The ids of a sitting's tasks, newest first. */
export class Sitting {
  readonly #shelf: Shelf;
  readonly #name: string;

  constructor(shelf: Shelf, tenantId: string) {
    this.#shelf = shelf;
    this.#name = `paddock-playground-${tenantId}`;
  }

  /** @param now ms since epoch */
  taskIds(now: number): number[] {
    return this.#read(now).map(({ taskId }) => taskId);
  }

  /** Adds a task. @param now ms since epoch */
  add(taskId: number, now: number): void {
    const others = this.#read(now).filter((kept) => kept.taskId !== taskId);
    this.#write([{ taskId, at: now }, ...others].slice(0, MOST_TASKS));
  }

  /** Removes a task that does not exist any more. @param now ms since epoch */
  remove(taskId: number, now: number): void {
    this.#write(this.#read(now).filter((kept) => kept.taskId !== taskId));
  }

  #read(now: number): Kept[] {
    try {
      const kept: unknown = JSON.parse(this.#shelf.getItem(this.#name) ?? "[]");
      return Array.isArray(kept) ? kept.filter(isKept).filter(({ at }) => at > now - KEPT_MS) : [];
    } catch {
      return [];
    }
  }

  #write(kept: readonly Kept[]): void {
    try {
      this.#shelf.setItem(this.#name, JSON.stringify(kept));
    } catch {
      // A full or forbidden storage: the list ends with the page.
    }
  }
}

function isKept(value: unknown): value is Kept {
  const { taskId, at } = (value ?? {}) as Partial<Kept>;
  return Number.isSafeInteger(taskId) && Number.isSafeInteger(at);
}
