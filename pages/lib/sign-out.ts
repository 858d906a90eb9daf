/** Signing out in all tabs of a browser: the session they share has ended, so none goes on showing what it loaded. */

/**
 * Listens for other tabs that sign out.
 *
 * @param session name of the session that the tabs share
 * @returns how to announce that this tab signed out
 */
export function shareSignOut(session: string, signedOut: () => void): () => void {
  const channel = new BroadcastChannel(`paddock-sign-out ${session}`);
  channel.onmessage = signedOut;
  return () => channel.postMessage(null);
}
