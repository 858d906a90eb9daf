/** Tokens of 12,000 end users: ending one reads a few rows, a page of the list a bounded number, and expired ones are deleted in slices. */
import { runInDurableObject } from "cloudflare:test";
import { expect, it } from "vitest";
import { migrate } from "../../../src/lib/migrations.ts";
import { TENANT_MIGRATIONS } from "../../../src/tenant/migrations.ts";
import { ClientTokenStore, REMOVED_AT_ONCE } from "../../../src/tenant/store/client-tokens.ts";
import { tenantStub } from "../../support/tenant-object.ts";

const NOW = 1_800_000_000_000;
const idOf = ({ token_id }: { readonly token_id: string }) => token_id;
const EXPIRED = REMOVED_AT_ONCE + 2_000;
const WORKING = 5_000;

it("counts ended tokens without reading others, lists those that work past expired ones, and deletes expired ones in slices", () =>
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
      const found: string[] = [];
      let after: string | null = null;
      do {
        const page = tokens.list({ endUser: null, after, now: NOW, limit: 3_000 });
        expect(read()).toBeLessThanOrEqual(2_001);
        found.push(...page.rows.map(idOf));
        after = page.next;
      } while (after !== null);
      expect(found).toEqual(Array.from({ length: WORKING }, (_, at) => `tok_b${at}`).toSorted());
      const few = tokens.list({ endUser: "user 7", after: null, now: NOW, limit: 2 });
      expect([few.rows.map(idOf), few.next]).toEqual([["tok_b7"], null]);
      expect(tokens.countEnded(NOW)).toBe(3);
      expect(read()).toBeLessThan(20);
      expect([1, 2, 3].map(() => tokens.removeExpired(NOW))).toEqual([true, false, false]);
      const kept = storage.sql.exec("SELECT COUNT(*) AS count FROM client_tokens").one();
      expect(kept).toEqual({ count: WORKING });
      expect(tokens.countEnded(NOW)).toBe(3);
    });
  }));
