/** The gateway's output, line by line: what is worth showing, what to keep. */
import { createWriteStream } from "node:fs";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { stripVTControlCharacters } from "node:util";

/** Lines of every start or request that add nothing: the gateway logs requests itself. */
const NOISE = [
  /^\s*$/,
  /^─+$/,
  /wrangler \d+\.\d+/,
  /^Using secrets defined in /,
  /^Your Worker has access to the following bindings/,
  /^Binding\s+Resource/,
  /^env\.\w+ \(/,
  /Unable to fetch the `Request\.cf` object/,
  /^⎔ Starting local server/,
  /\[wrangler:info\] (Ready on|GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) /,
];

/** Whether a person watching the gateway would miss this line. */
export function isWorthShowing(line: string): boolean {
  return !NOISE.some((pattern) => pattern.test(line));
}

/** True if the line may explain an error: it is not a successful request. */
function isTelling(line: string): boolean {
  return isWorthShowing(line) && !/"event":"request".*"status":[1-4]\d\d/.test(line);
}

/**
 * A log line for people: `12:03:04 GET /api/v1/tasks 200 3 ms`, `12:03:04 warn copy-failed {"taskId":…}`.
 * Lines that are not the gateway's own JSON stay as they are.
 */
export function readableLine(line: string): string {
  let fields: Record<string, unknown>;
  try {
    // wrangler marks what a Worker writes with console.warn and console.error.
    fields = JSON.parse(line.replace(/^\S+ \[(WARNING|ERROR)\] /, "")) as Record<string, unknown>;
  } catch {
    return line;
  }
  const { level, event, at, ...rest } = fields;
  const time = String(at ?? "").slice(11, 19);
  if (event === "request") return `${time} ${rest.method} ${rest.path} ${rest.status} ${rest.ms} ms`;
  return `${time} ${level} ${event} ${JSON.stringify(rest)}`.trimStart();
}

const REMEMBERED_LINES = 5_000;

/** A process's output: all of it in a file, the last few thousand lines in memory. */
export class ProcessLog {
  readonly #lines: string[] = [];
  readonly file: string;

  constructor(file: string, streams: readonly Readable[], onLine: (line: string) => void) {
    this.file = file;
    const copy = createWriteStream(file, { flags: "w" });
    // A full disk must not end the process that only wanted to keep a log.
    copy.on("error", () => {});
    let open = streams.length;
    for (const input of streams) {
      const lines = createInterface({ input });
      lines.on("line", (coloured) => {
        const line = stripVTControlCharacters(coloured);
        this.#lines.push(line);
        if (this.#lines.length > REMEMBERED_LINES) this.#lines.shift();
        copy.write(`${line}\n`);
        onLine(line);
      });
      lines.on("close", () => --open === 0 && copy.end());
    }
  }

  text(): string {
    return this.#lines.join("\n");
  }

  /** Returns the last lines that may explain an error, for people. */
  tail(count = 15): string {
    return this.#lines.filter(isTelling).slice(-count).map(readableLine).join("\n");
  }
}
