/** Waiting with an end. */

/**
 * Waits for `work`, which goes on unobserved if it takes longer. The timer ends with the wait: one that is left would keep a
 * Durable Object in memory.
 *
 * @returns what `work` resolves to, or `otherwise` after `limitMs`
 * @throws what `work` throws within the limit
 */
export function within<T, U>(work: Promise<T>, limitMs: number, otherwise: U): Promise<T | U> {
  return new Promise<T | U>((resolve, reject) => {
    const timer = setTimeout(() => resolve(otherwise), limitMs);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** Result of a call that took too long: an error is made only then, with its stack trace. */
const LATE = Symbol("late");

/** A call took too long. What it does may still be done. */
export class LateError extends Error {
  override readonly name = "LateError";
}

/** Returns the stub of an object whose calls by RPC throw a LateError after `limitMs`. */
export function limited<T extends object>(stub: T, limitMs: number): T {
  return new Proxy(stub, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== "function") return method;
      return async (...args: unknown[]) => {
        const result: unknown = await within(Reflect.apply(method, target, args) as Promise<unknown>, limitMs, LATE);
        if (result === LATE) throw new LateError(`${String(name)} took longer than ${limitMs} ms`);
        return result;
      };
    },
  });
}
