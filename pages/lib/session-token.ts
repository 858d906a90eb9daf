/**
 * The operator's token in this tab: in sessionStorage, so that a reload does not ask again and closing the tab forgets it.
 * Never in localStorage, never in a URL (docs/credentials.md).
 */
const NAME = "paddock-operator";

export function readToken(): string | null {
  return sessionStorage.getItem(NAME);
}

export function keepToken(token: string): void {
  sessionStorage.setItem(NAME, token);
}

export function forgetToken(): void {
  sessionStorage.removeItem(NAME);
}
