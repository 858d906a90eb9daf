/** The structured log: one JSON object a line. Callers pass ids and codes, never keys, tokens, URLs or bodies. */
export function logEvent(level: "info" | "warn" | "error", event: string, fields: Record<string, unknown> = {}): void {
  console[level === "info" ? "log" : level](JSON.stringify({ level, event, at: new Date().toISOString(), ...fields }));
}
