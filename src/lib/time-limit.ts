/** Waiting with an end: for calls that have limits of their own, and whose answer may all the same never come. */

/**
 * @param limitMs how long to wait for `work`, which goes on, unheard, if it takes longer
 * @returns what `work` comes to, or `otherwise` after the limit
 * @throws what `work` throws within the limit
 */
export async function withinTime<T>(work: Promise<T>, limitMs: number, otherwise: T): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | null = null;
  const limit = new Promise<T>((resolve) => {
    timer = setTimeout(() => resolve(otherwise), limitMs);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    if (timer !== null) clearTimeout(timer);
  }
}
