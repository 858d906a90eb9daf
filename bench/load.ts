/** Load for a bounded time, on 127.0.0.1 only: by wrk where it is installed, else by a small generator in Node. */
import { writeFileSync } from "node:fs";
import { Agent, request as httpRequest } from "node:http";
import { join } from "node:path";
import { isInstalled, PINNING, pinned, runCommand } from "./server-process.ts";
import { percentile } from "./statistics.ts";

/** One request; a load sends its shots in turn, over and over. */
export interface Shot {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** The requests of one run of load, and how hard they are sent. */
export interface Load {
  /** Origin, on 127.0.0.1. */
  readonly url: string;
  readonly shots: readonly Shot[];
  readonly connections: number;
  readonly seconds: number;
  /** A header that gets a value of its own with every request. */
  readonly uniqueHeader?: string;
}

/** What one run of load has measured. */
export interface LoadResult {
  readonly requests: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Responses with a status of 400 and above. */
  readonly refused: number;
  /** Connections that broke or timed out. */
  readonly broken: number;
}

const HAS_WRK = isInstalled("wrk", "-v");
/** Name of the load generator in use, for the report. */
export const GENERATOR = HAS_WRK ? "wrk" : "the generator in bench/load.ts";

/** Unique over all loads of this process. */
let loads = 0;

/** @param folder for the generator's script */
export function runLoad(load: Load, folder: string): Promise<LoadResult> {
  if (new URL(load.url).hostname !== "127.0.0.1") throw new Error("loads stay on this machine");
  loads += 1;
  return HAS_WRK ? runWrk(load, folder) : runNode(load);
}

const lua = (text: string) => JSON.stringify(text).replaceAll("\\/", "/").replaceAll("\\u", "\\\\u");

function luaShot({ method, path, headers, body }: Shot): string {
  const pairs = Object.entries(headers).map(([name, value]) => `[${lua(name)}]=${lua(value)}`);
  const parts = [lua(method), lua(path), `{${pairs.join(",")}}`, body === undefined ? "nil" : lua(body)];
  return `{${parts.join(", ")}}`;
}

function wrkScript({ shots, uniqueHeader }: Load): string {
  const unique = uniqueHeader === undefined ? "" : `s[3][${lua(uniqueHeader)}] = "${process.pid}-${loads}-" .. n`;
  return `
local shots = {\n${shots.map(luaShot).join(",\n")}\n}
local n = 0
function init() for _, s in ipairs(shots) do s.text = wrk.format(s[1], s[2], s[3], s[4]) end end
function request()
  local s = shots[n % #shots + 1]
  n = n + 1
  ${unique === "" ? "return s.text" : `${unique}\n  return wrk.format(s[1], s[2], s[3], s[4])`}
end
function done(summary, latency)
  local e = summary.errors
  io.write(string.format('\\nRESULT {"requests":%d,"us":%d,"p50":%d,"p99":%d,"refused":%d,"broken":%d}\\n', summary.requests,
    summary.duration, latency:percentile(50), latency:percentile(99), e.status, e.connect + e.read + e.write + e.timeout))
end
`;
}

async function runWrk(load: Load, folder: string): Promise<LoadResult> {
  const script = join(folder, `load-${loads}.lua`);
  writeFileSync(script, wrkScript(load));
  const args = ["-t1", `-c${load.connections}`, `-d${load.seconds}s`, "--timeout", "30s", "-s", script, load.url];
  const output = await runCommand(...pinned(PINNING.load, "wrk", args));
  const [, json = "{}"] = /^RESULT (.*)$/m.exec(output) ?? [];
  const { requests, us, p50, p99, refused, broken } = JSON.parse(json) as Record<string, number | undefined>;
  if (requests === undefined || us === undefined) throw new Error(`wrk reported nothing:\n${output}`);
  return {
    requests,
    perSecond: (requests * 1e6) / us,
    p50Ms: (p50 ?? Number.NaN) / 1_000,
    p99Ms: (p99 ?? Number.NaN) / 1_000,
    refused: refused ?? 0,
    broken: broken ?? 0,
  };
}

async function runNode(load: Load): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: load.connections });
  const started = performance.now();
  const endsAt = started + load.seconds * 1_000;
  const times: number[] = [];
  let sent = 0;
  let refused = 0;
  let broken = 0;
  const worker = async () => {
    while (performance.now() < endsAt) {
      const shot = load.shots[sent % load.shots.length];
      sent += 1;
      if (!shot) return;
      const unique = load.uniqueHeader === undefined ? {} : { [load.uniqueHeader]: `${process.pid}-${loads}-${sent}` };
      const at = performance.now();
      const status = await fire(agent, load.url, shot, unique).catch(() => null);
      times.push(performance.now() - at);
      if (status === null) broken += 1;
      else if (status >= 400) refused += 1;
    }
  };
  await Promise.all(Array.from({ length: load.connections }, worker));
  const seconds = (performance.now() - started) / 1_000;
  agent.destroy();
  return {
    requests: times.length,
    perSecond: times.length / seconds,
    p50Ms: percentile(times, 0.5),
    p99Ms: percentile(times, 0.99),
    refused,
    broken,
  };
}

function fire(agent: Agent, url: string, shot: Shot, extra: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const length = shot.body === undefined ? {} : { "content-length": String(Buffer.byteLength(shot.body)) };
    const options = { agent, method: shot.method, headers: { ...shot.headers, ...length, ...extra } };
    const request = httpRequest(url + shot.path, options, (response) => {
      response.resume();
      response.on("end", () => resolve(response.statusCode ?? 0));
      response.on("error", reject);
    });
    request.on("error", reject);
    request.end(shot.body);
  });
}
