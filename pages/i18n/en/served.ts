/** English texts of the pages that the gateway renders itself (src/console). */
export const served = {
  consoleTitle: "{name} console",
  portalTitle: "{name} portal",
  skip: "Skip to content",
  signIn: "Sign in to your portal",
  signInText: "See your tasks, usage and balance, and manage your keys. This link works once.",
  continue: "Continue",
  used: "This link has expired",
  usedText: "Each link works once, within 15 minutes. Ask your provider for a new link.",
  forbidden: "This request was blocked",
  forbiddenText: "Reload the page and try again.",
  tooMany: "Too many attempts",
  tooManyText: "Wait one minute, then open the link again.",
  noScript: "JavaScript is off",
  noScriptText: "This page needs JavaScript. Turn it on and reload the page.",
} as const;
