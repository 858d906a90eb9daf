/** Stores one tenant's report with everything that follows from it: notices, sums, prices, incidents. */
import { KEY_REST_MS } from "../domain/key-trouble.ts";
import { STORAGE_HIGH } from "../domain/operator-event.ts";
import type { TenantReport } from "../domain/tenant-report.ts";
import type { DirectoryParts } from "./parts.ts";

/** Stores a report, in one transaction. Safe to repeat. */
export function recordReport(parts: DirectoryParts, report: TenantReport): void {
  const { storage, reports, webhook, earnings, prices, counters } = parts;
  const now = Date.now();
  const { tenantId, name, gauges, days, earned = [], prices: learned, notices = [] } = report;
  storage.transactionSync(() => {
    const taken = reports.lastNotice(tenantId);
    for (const { number, type, at, data } of notices) {
      if (number > taken) webhook.announce(type, { tenantId, name, ...data }, at);
    }
    const notice = Math.max(taken, notices.at(-1)?.number ?? 0);
    const latest = earnings.record(tenantId, earned, now);
    reports.record(tenantId, gauges, days, { notice, earned: latest }, now);
    reports.recordTrouble(report);
    for (const { shape, credits, at = now } of learned) prices.learn(shape, { credits, at });
    noticeIncidents(parts, report, now);
    if (report.counters !== undefined) counters.add(report.counters, now);
  });
}

/** Opens and closes the incidents for which a report is evidence, inside a transaction. */
function noticeIncidents({ incidents }: DirectoryParts, report: TenantReport, now: number): void {
  const { tenantId, name, gauges, masterKeys, masterKeysWorked = [] } = report;
  for (const { id, code, until } of masterKeys) {
    incidents.open("master_key.refused", id, { masterKeyId: id, code }, until - KEY_REST_MS, now);
  }
  for (const { id, at } of masterKeysWorked) incidents.close("master_key.refused", id, at);
  const { storageBytes = 0, storageLimitBytes = 0 } = gauges;
  const storage = { storageBytes, storageLimitBytes };
  if (storageBytes > storageLimitBytes * STORAGE_HIGH) {
    incidents.open("storage.high", tenantId, { tenantId, name, ...storage }, now, now);
  } else incidents.close("storage.high", tenantId, now, storage);
}
