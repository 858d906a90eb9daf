/** Tokens of 12,000 end users: ending one reads a few rows, and expired ones are deleted in slices. */
import { runInDurableObject } from "cloudflare:test";
import { expect, it } from "vitest";
import { migrate } from "../../../src/lib/migrations.ts";
import { TENANT_MIGRATIONS } from "../../../src/tenant/migrations.ts";
import { ClientTokenStore, REMOVED_AT_ONCE } from "../../../src/tenant/store/client-tokens.ts";
import { tenantStub } from "../../support/tenant-object.ts";

const NOW = 1_800_000_000_000;
const EXPIRED = REMOVED_AT_ONCE + 2_000;
const WORKING = 5_000;

it("counts ended tokens without reading others, and deletes expired ones in slices", () =>
  runInDurableObject(tenantStub(`tokens ${crypto.randomUUID()}`), (_instance, { storage }) => {
    migrate(storage, TENANT_MIGRATIONS);
    let read = () => 0;
    const metered = Object.create(storage.sql, {
      exec: {
        value: (statement: string, ...values: SqlStorageValue[]) => {
          const cursor = storage.sql.exec(statement, ...values);
          read = () => cursor.rowsRead;
          return cursor;
        },
      },
    }) as SqlStorage;
    storage.transactionSync(() => {
      const tokens = new ClientTokenStore(metered);
      const one = { tasks: 1, credits: 5 };
      for (let at = 0; at < EXPIRED; at += 1) tokens.add(`tok_a${at}`, one, NOW - 1, `user ${at}`);
      for (let at = 0; at < WORKING; at += 1) tokens.add(`tok_b${at}`, one, NOW + 1, `user ${at}`);
      for (let at = 0; at < 3; at += 1) tokens.end(`tok_b${at}`, NOW + 1);
      tokens.end("tok_a0", NOW - 1);
      expect(tokens.countEnded(NOW)).toBe(3);
      expect(read()).toBeLessThan(20);
      expect([1, 2, 3].map(() => tokens.removeExpired(NOW))).toEqual([true, false, false]);
      const kept = tokens.list({ endUser: null, after: null, now: 0, limit: EXPIRED + WORKING });
      expect(kept).toHaveLength(WORKING);
      expect(tokens.countEnded(NOW)).toBe(3);
    });
  }));
