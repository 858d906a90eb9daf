/** Calls of an object whose class may be of an earlier release. */

/** The runtime's text for a call of a method that the object's class does not have. */
const MISSING_METHOD = /does not implement the method/;

/** True for the error of a call of a method that the object's class does not have. */
export function isMethodMissing(error: unknown): boolean {
  return MISSING_METHOD.test(String(error));
}

/**
 * Waits for a call by RPC.
 *
 * @param otherwise does the same if the object does not have the method; gets the error, to throw it if it cannot
 */
export async function ifMethodMissing<T>(call: Promise<T>, otherwise: (error: unknown) => T | Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (isMethodMissing(error)) return otherwise(error);
    throw error;
  }
}
