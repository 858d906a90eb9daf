/** Values that no tenant may ever see. Every response to `call` and every log line is searched for them. */
import { inject } from "vitest";

const { SEEDHORSE_API_KEYS = "", SIGNING_SECRETS = "", ADMIN_TOKEN = "" } = inject("gatewaySettings");
const SECRETS = [...SEEDHORSE_API_KEYS.split(","), ...SIGNING_SECRETS.split(","), ADMIN_TOKEN];
/** The simulator counts its ids from 2^53 + 1; the gateway's own are smaller by far. */
const UPSTREAM_ID = /(?<!\d)900719925474\d{4}(?!\d)/;

/** @throws if the text has a master key, a signing secret, the operator's token or an upstream task id in it */
export function checkConfidential(text: string, where: string): void {
  const leaked = SECRETS.find((secret) => text.includes(secret)) ?? UPSTREAM_ID.exec(text)?.[0];
  if (leaked !== undefined) throw new Error(`${where} gives away ${leaked}: ${text.slice(0, 2_000)}`);
}

const lines: string[] = [];

/** Returns the structured log of this file's tests so far, as parsed lines of one event. */
export function logged(event: string): Record<string, unknown>[] {
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter((line) => line.event === event);
}

/** Keeps the gateway's log lines out of the tests' output, and looks each through. */
for (const level of ["log", "warn", "error"] as const) {
  const write = console[level].bind(console);
  console[level] = (...values: unknown[]) => {
    const [text] = values;
    if (typeof text !== "string" || !text.startsWith('{"level":')) return write(...values);
    lines.push(text);
    checkConfidential(text, "a log line");
  };
}
