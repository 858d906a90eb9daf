/** Identifiers of elements. */
import { useState } from "preact/hooks";

let count = 0;

/** Returns an id that no other element of the window has; the library's own is unique only within a page or a dialog. */
export function useId(): string {
  return useState(() => {
    count += 1;
    return `id-${count}`;
  })[0];
}
