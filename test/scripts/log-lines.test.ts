import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { describe, expect, it, onTestFinished } from "vitest";
import { isWorthShowing, ProcessLog, readableLine } from "../../scripts/log-lines.ts";

const request = (status: number) =>
  JSON.stringify({
    level: "info",
    event: "request",
    at: "2026-11-22T17:44:45.330Z",
    requestId: "r-1",
    method: "GET",
    path: "/api/v1/tasks",
    status,
    ms: 4,
  });
const FAILED_COPY = '▲ [WARNING] {"level":"warn","event":"copy-failed","at":"2026-11-22T17:44:45.330Z","taskId":7}';

describe("a line of the gateway's output", () => {
  it.each([
    [request(200), "17:44:45 GET /api/v1/tasks 200 4 ms"],
    [FAILED_COPY, '17:44:45 warn copy-failed {"taskId":7}'],
    ["✘ [ERROR] Build failed with 1 error:", "✘ [ERROR] Build failed with 1 error:"],
  ])("is readable", (line, readable) => expect(readableLine(line)).toBe(readable));

  it.each([
    ["[wrangler:info] GET /healthz 200 OK (3ms)", false],
    ['env.ADMIN_TOKEN ("(hidden)")   Environment Variable   local', false],
    ["", false],
    ["✘ [ERROR] Build failed with 1 error:", true],
    [FAILED_COPY, true],
  ])("is shown only if a person would miss it: %s", (line, shown) => expect(isWorthShowing(line)).toBe(shown));
});

describe("the log of a process", () => {
  it("keeps every line without colours in its file, and returns the relevant ones as its tail", async () => {
    const folder = await mkdtemp(join(tmpdir(), "paddock-test-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const stdout = new PassThrough();
    const seen: string[] = [];
    const log = new ProcessLog(join(folder, "gateway.log"), [stdout], (line) => seen.push(line));
    const lines = [request(200), `\x1b[33m${FAILED_COPY}\x1b[0m`, request(503), "⎔ Starting local server..."];
    stdout.end(lines.join("\n"));
    await expect.poll(() => seen.length).toBe(4);
    expect(log.tail()).toBe('17:44:45 warn copy-failed {"taskId":7}\n17:44:45 GET /api/v1/tasks 503 4 ms');
    const kept = [request(200), FAILED_COPY, request(503), "⎔ Starting local server..."].join("\n");
    expect(log.text()).toBe(kept);
    await expect.poll(() => readFile(log.file, "utf8")).toBe(`${kept}\n`);
  });
});
