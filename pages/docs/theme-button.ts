/** The button of the API reference that changes between light and dark. */
import { icon } from "../lib/icons.ts";
import { toggleTheme } from "../lib/theme.ts";

/** @returns the button */
export function themeButton(): HTMLButtonElement {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "icon-button";
  button.setAttribute("aria-label", "Light or dark");
  button.title = "Light or dark";
  button.append(icon("theme"));
  button.addEventListener("click", toggleTheme);
  return button;
}
