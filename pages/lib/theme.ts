/** Light or dark: the system's choice, until a person presses the button. */

const STORED = "paddock-theme";

/** Takes up an earlier choice. */
export function applyTheme(): void {
  const stored = read();
  if (stored) document.documentElement.dataset.theme = stored;
}

/** Changes between light and dark, and remembers the choice. */
export function toggleTheme(): void {
  const next = isDark() ? "light" : "dark";
  document.documentElement.dataset.theme = next;
  try {
    localStorage.setItem(STORED, next);
  } catch {
    // Storage may be off; the choice then lasts as long as the page.
  }
}

function isDark(): boolean {
  const chosen = document.documentElement.dataset.theme;
  return chosen === undefined ? matchMedia("(prefers-color-scheme: dark)").matches : chosen === "dark";
}

function read(): string | null {
  try {
    const value = localStorage.getItem(STORED);
    return value === "light" || value === "dark" ? value : null;
  } catch {
    return null;
  }
}
