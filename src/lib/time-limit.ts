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
