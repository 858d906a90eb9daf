import { runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { DIRECTORY_MIGRATIONS } from "../../src/directory/migrations.ts";
import { type Migration, migrate, schemaVersion } from "../../src/lib/migrations.ts";
import { TENANT_MIGRATIONS } from "../../src/tenant/migrations.ts";
import { tenantStub } from "../support/tenant-object.ts";

const STEPS: readonly Migration[] = [
  { id: 1, sql: "CREATE TABLE a (x INTEGER); INSERT INTO a VALUES (1); CREATE INDEX a_x ON a (x);" },
  { id: 2, sql: "ALTER TABLE a ADD COLUMN y TEXT NOT NULL DEFAULT 'new'" },
];

/** Runs a test on the empty storage of an object of its own. */
function onStorage(test: (storage: DurableObjectStorage) => void): Promise<void> {
  const stub = tenantStub(`migrations ${crypto.randomUUID()}`);
  return runInDurableObject(stub, (_instance, state) => test(state.storage));
}
const tablesIn = (storage: DurableObjectStorage) =>
  storage.sql
    .exec("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\' ORDER BY name")
    .toArray()
    .map(({ name }) => name);

describe("migrations", () => {
  it("bring an empty database up to date, and do nothing to one that is", () =>
    onStorage((storage) => {
      migrate(storage, STEPS);
      migrate(storage, STEPS);
      expect(schemaVersion(storage)).toBe(2);
      expect(storage.sql.exec("SELECT * FROM a").toArray()).toEqual([{ x: 1, y: "new" }]);
    }));

  it("only make the steps that are missing", () =>
    onStorage((storage) => {
      migrate(storage, STEPS.slice(0, 1));
      storage.sql.exec("INSERT INTO a VALUES (7)");
      migrate(storage, STEPS);
      expect(storage.sql.exec("SELECT x, y FROM a ORDER BY x").toArray()).toEqual([
        { x: 1, y: "new" },
        { x: 7, y: "new" },
      ]);
    }));

  it("of which one fails leave everything as it was", () =>
    onStorage((storage) => {
      migrate(storage, STEPS.slice(0, 1));
      const broken = [...STEPS, { id: 3, sql: "CREATE TABLE b (x INTEGER); INSERT INTO nowhere VALUES (1)" }];
      expect(() => migrate(storage, broken)).toThrow();
      expect(schemaVersion(storage)).toBe(1);
      expect(tablesIn(storage)).toEqual(["a", "schema_version"]);
      migrate(storage, STEPS);
      expect(schemaVersion(storage)).toBe(2);
    }));

  it("leave a newer database alone whose further steps only added", () =>
    onStorage((storage) => {
      migrate(storage, STEPS);
      migrate(storage, STEPS.slice(0, 1));
      expect(schemaVersion(storage)).toBe(2);
      expect(storage.sql.exec("SELECT x FROM a").toArray()).toEqual([{ x: 1 }]);
    }));

  it("refuse a newer database after a breaking step, also once steps that only add came on top", () =>
    onStorage((storage) => {
      const steps: Migration[] = [
        ...STEPS,
        { id: 3, sql: "ALTER TABLE a RENAME TO b", isBreaking: true },
        { id: 4, sql: "ALTER TABLE b ADD COLUMN z TEXT" },
      ];
      migrate(storage, steps.slice(0, 3));
      migrate(storage, steps);
      expect(() => migrate(storage, STEPS)).toThrow("Database schema 4 needs code with schema 3; this is 2");
      migrate(storage, steps.slice(0, 3));
      expect(schemaVersion(storage)).toBe(4);
    }));

  it("refuse a newer database without the oldest version that can use it", () =>
    onStorage((storage) => {
      storage.sql.exec("CREATE TABLE schema_version (version INTEGER NOT NULL); INSERT INTO schema_version VALUES (2)");
      expect(() => migrate(storage, STEPS.slice(0, 1))).toThrow("needs code with schema 2");
      migrate(storage, STEPS);
      migrate(storage, [...STEPS, { id: 3, sql: "CREATE TABLE b (x INTEGER)" }]);
      migrate(storage, STEPS);
      expect(schemaVersion(storage)).toBe(3);
    }));

  it("refuse to be out of order", () =>
    onStorage((storage) => {
      migrate(storage, STEPS);
      expect(() => migrate(storage, STEPS.toReversed())).toThrow(/order/);
      expect(() => migrate(storage, STEPS.slice(1))).toThrow(/order/);
    }));

  it("leave a database empty that is only looked at", () =>
    onStorage((storage) => {
      expect(schemaVersion(storage)).toBe(0);
      expect(tablesIn(storage)).toEqual([]);
    }));

  it.each([
    ["a tenant", TENANT_MIGRATIONS],
    ["the directory", DIRECTORY_MIGRATIONS],
  ])("of %s run on an empty database", (_, steps) =>
    onStorage((storage) => {
      migrate(storage, steps);
      expect(schemaVersion(storage)).toBe(steps.length);
      expect(tablesIn(storage).length).toBeGreaterThan(2);
    }));
});
