/** English texts: signin. */
export const signin = {
  title: "Sign in",
  account: "Account",
  accountHint: "Any name, for your password manager only.",
  token: "Operator's token",
  tokenHint: "A token of an operator, or the deployment's ADMIN_TOKEN.",
  wrong: "That is not this gateway's operator token.",
  ended: "You are signed out. Sign in again.",
  signedOut: "You are signed out",
  youSignedOut: "You signed out.",
  noSession: "There is no session in this browser, or it has ended.",
  newLink: "To come back, open a new link to this portal. Ask your provider for one.",
  choose: "Choose a portal",
} as const;
