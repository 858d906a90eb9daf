/** Values that are costly to create and not always needed: created at first use, and kept. */

/** @returns a function that calls `make` the first time, and returns the same value each time */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
