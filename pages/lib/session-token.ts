/**
 * The operator's token in this tab: in sessionStorage, so that a reload does not ask again and closing the tab forgets it.
 * Never in localStorage, never in a URL (docs/credentials.md).
 */
const NAME = "paddock-operator";

/** Returns the operator's token of this tab, or null. */
export function readToken(): string | null {
  return sessionStorage.getItem(NAME);
}

/** Keeps the operator's token for this tab. */
export function keepToken(token: string): void {
  sessionStorage.setItem(NAME, token);
}

/** Removes the operator's token from this tab. */
export function forgetToken(): void {
  sessionStorage.removeItem(NAME);
}
