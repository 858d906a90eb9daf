/** Light or dark: the system's choice, until a person presses the button. */
import { icon } from "./icons.ts";

const STORED = "paddock-theme";

/** Takes up an earlier choice. The only thing these pages keep in localStorage. */
export function applyTheme(): void {
  const stored = read();
  if (stored) document.documentElement.dataset.theme = stored;
}

/** @returns a button that changes between light and dark */
export function themeButton(): HTMLButtonElement {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "icon-button";
  button.setAttribute("aria-label", "Light or dark");
  button.title = "Light or dark";
  button.append(icon("theme"));
  button.addEventListener("click", () => {
    const next = isDark() ? "light" : "dark";
    document.documentElement.dataset.theme = next;
    try {
      localStorage.setItem(STORED, next);
    } catch {
      // Storage may be off; the choice then lasts as long as the page.
    }
  });
  return button;
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
