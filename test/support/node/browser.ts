/** A real browser for tests, if this machine has one: Debian's chromium or an installed Chrome, nothing downloaded. */
import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

/** The headless shell first: it draws no window, which costs a machine without a GPU more than the pages under test. */
const USUAL_PLACES = [
  "/usr/bin/chromium-headless-shell",
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/opt/google/chrome/chrome",
  "/snap/bin/chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/** It runs as root in a container without a GPU, and has no business with anybody but the gateway under test. */
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/**
 * @returns the browser's executable (`CHROMIUM_PATH` first), or null if there is none
 * @throws Error if there is none and CI is set, where nothing may be left out
 */
export function findBrowser(): string | null {
  const given = process.env.CHROMIUM_PATH;
  if (given) {
    if (existsSync(given)) return given;
    throw new Error(`CHROMIUM_PATH: there is no ${given}`);
  }
  const found = USUAL_PLACES.find((path) => existsSync(path));
  if (found) return found;
  if (process.env.CI) throw new Error("CI needs a browser: install chromium, or set CHROMIUM_PATH");
  return null;
}

/** @returns a headless browser that the caller closes, or null as `findBrowser` does */
export async function launchBrowser(): Promise<Browser | null> {
  const executablePath = findBrowser();
  return executablePath === null ? null : chromium.launch({ executablePath, args: FLAGS });
}
