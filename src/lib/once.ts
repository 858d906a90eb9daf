/** Values that are costly to make and not always needed: made at their first use, and kept. */

/** @returns a function that calls `make` the first time, and gives what that returned every time */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
