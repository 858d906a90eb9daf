/** Says at the very end of a run, where nobody misses it, that there was no browser to run the browser tests in. */
import { findBrowser } from "./browser.ts";

const NOTICE = `
┌──────────────────────────────────────────────────────────────────────────────┐
│ LEFT OUT: every test in test/browser, because no Chromium or Chrome is here. │
│ Install one (Debian: apt-get install chromium), or set CHROMIUM_PATH.        │
└──────────────────────────────────────────────────────────────────────────────┘
`;

export default function setup(): (() => void) | undefined {
  if (findBrowser() !== null) return undefined;
  return () => console.error(NOTICE);
}
