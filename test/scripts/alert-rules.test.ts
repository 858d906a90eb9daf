import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isFiring, readRules, readSamples, type Scrape } from "../../chaos/alert-rules.ts";

const rules = readRules(readFileSync(join(import.meta.dirname, "../../ops/alerts.yaml"), "utf8"));
const MINUTE_MS = 60_000;

/** One scrape a minute; null: the gateway did not answer. */
function scrapes(...texts: (string | null)[]): Scrape[] {
  return texts.map((text, index) => ({ at: index * MINUTE_MS, samples: text === null ? null : readSamples(text) }));
}

function firing(name: string, ...texts: (string | null)[]): boolean {
  const rule = rules.find((one) => one.name === name);
  if (!rule) throw new Error(`there is no alert ${name}`);
  return isFiring(rule, scrapes(...texts), 10 * MINUTE_MS);
}

const calls = (ok: number, failed: number) =>
  `paddock_upstream_calls_total{call="submit",outcome="ok"} ${ok}\npaddock_upstream_calls_total{call="submit",outcome="unavailable"} ${failed}\n`;
const lag = (fast: number, slow: number) =>
  `paddock_alarm_lag_seconds_bucket{le="1"} ${fast}\npaddock_alarm_lag_seconds_bucket{le="300"} ${fast + slow}\npaddock_alarm_lag_seconds_bucket{le="+Inf"} ${fast + slow}\n`;
const open = (kind: string, count: number) => `paddock_incidents_open{kind="${kind}"} ${count}\n`;

describe("the alert rules", () => {
  it.each(rules.map(({ name }) => name))("can be evaluated: %s", (name) => {
    expect(firing(name, "", "")).toBe(false);
  });

  it.each([
    ["PaddockDown", [null], ["x 1\n"]],
    ["PaddockDirectoryDown", ["paddock_directory_up 0\n"], ["paddock_directory_up 1\n"]],
    [
      "PaddockNoMasterKey",
      ['paddock_master_key_usable{master_key="a"} 0\npaddock_master_key_usable{master_key="b"} 0\n'],
      ['paddock_master_key_usable{master_key="a"} 0\npaddock_master_key_usable{master_key="b"} 1\n'],
    ],
    ["PaddockMasterKeyRefused", [open("master_key.refused", 1)], [open("work.overdue", 1)]],
    ["PaddockWorkOverdue", [open("work.overdue", 1)], [open("work.overdue", 0)]],
    ["PaddockCopiesStuck", [open("copies.stuck", 1)], [open("copies.stuck", 0)]],
    ["PaddockStorageHigh", [open("storage.high", 2)], [open("storage.high", 0)]],
    ["PaddockUpstreamFailing", [calls(100, 0), calls(110, 30)], [calls(100, 900), calls(110, 905)]],
    [
      "PaddockSubmissionsWaiting",
      ["paddock_submissions_waiting_oldest_age_seconds 601\n"],
      ["paddock_submissions_waiting_oldest_age_seconds 599\n"],
    ],
    [
      "PaddockErrors",
      ['paddock_http_requests_total{status="200"} 0\n', 'paddock_http_requests_total{status="503"} 10\n'],
      ['paddock_http_requests_total{status="200"} 0\n', 'paddock_http_requests_total{status="404"} 10\n'],
    ],
    ["PaddockAlarmsLate", [lag(0, 0), lag(10, 5)], [lag(0, 5), lag(100, 6)]],
  ])("fire and clear: %s", (name, bad, good) => {
    expect(firing(name, ...bad)).toBe(true);
    expect(firing(name, ...good)).toBe(false);
  });

  it("are all among these cases", () => {
    expect(rules.length).toBe(11);
  });

  it("refuse an expression beyond what is understood", () => {
    expect(() => isFiring({ name: "x", expr: "avg(x) unless y > 1" }, scrapes(""), 1)).toThrow(SyntaxError);
  });
});
