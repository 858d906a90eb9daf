/** What a submission of an end user with limits, and the list of end users, ask the database. */
import { runInDurableObject } from "cloudflare:test";
import { expect, it } from "vitest";
import { migrate } from "../../../src/lib/migrations.ts";
import { TENANT_MIGRATIONS } from "../../../src/tenant/migrations.ts";
import { EndUserStore } from "../../../src/tenant/store/end-users.ts";
import { MetaStore } from "../../../src/tenant/store/meta.ts";
import { TaskStore } from "../../../src/tenant/store/tasks.ts";
import { UsageStore } from "../../../src/tenant/store/usage.ts";
import { tenantStub } from "../../support/tenant-object.ts";

type Ask = (stores: {
  readonly endUsers: EndUserStore;
  readonly usage: UsageStore;
  readonly tasks: TaskStore;
}) => unknown;

const LIMITS = { blocked: false, dailyCredits: 5, monthlyCredits: null, dailyTasks: null, concurrentTasks: null };

it.each<[string, Ask]>([
  ["the limits of one", ({ endUsers }) => endUsers.get("ann")],
  ["setting limits", ({ endUsers }) => endUsers.put("ann", LIMITS)],
  ["the use of one that is folded", ({ usage }) => usage.ofEndUser("ann", 1)],
  ["the use of all that is not folded yet", ({ usage }) => usage.unfoldedOfEndUsers()],
  ["the running tasks of some", ({ tasks }) => tasks.countActiveByOwner(["end_user:ann", "end_user:bob"])],
  ["a page of names", ({ endUsers }) => endUsers.names("ann", 2)],
  ["a page of those with limits", ({ endUsers }) => endUsers.limited("ann", 2)],
])("%s is a search in an index, however many end users there are", (_name, ask) =>
  runInDurableObject(tenantStub(`end-users ${crypto.randomUUID()}`), (_instance, { storage }) => {
    migrate(storage, TENANT_MIGRATIONS);
    const { sql } = storage;
    const plans: string[] = [];
    const exec = (statement: string, ...values: SqlStorageValue[]) => {
      for (const { detail } of sql.exec(`EXPLAIN QUERY PLAN ${statement}`, ...values)) plans.push(String(detail));
      return sql.exec(statement, ...values);
    };
    const spy = { exec } as unknown as SqlStorage;
    const meta = new MetaStore(sql);
    ask({ endUsers: new EndUserStore(spy), usage: new UsageStore(spy, meta), tasks: new TaskStore(spy, meta) });
    expect(plans.join("\n")).not.toMatch(/SCAN (?!json_each|\(subquery)/);
  }));
