/** State as a release left it on disk, put into real objects of the code under test (test/fixtures). */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { inject } from "vitest";
import { DIRECTORY_NAME } from "../../src/config.ts";
import directorySql from "../fixtures/release-1/directory.sql?raw";
import tenantSql from "../fixtures/release-1/tenant.sql?raw";
import { tenantStub } from "./tenant-object.ts";

/** What the state of release 0.1.0 is about; the fixtures say the same. */
export const RELEASED = {
  tenantId: "ten_d11cb09945e3f1eb7b06",
  /** Made under the signing secrets of the tests. */
  key: "pdk_AdEcsJlF4_HrewYGpZwQGvxLPJnHS6iyhk2Jc-8pVQF7UPSrolUxuPnpzT0s8DR8I9tT",
  webhookSecret: "whsec_5iGDfB39GGx/ohu+gWrvBjgCmjcxmyTDFyCDITeerKk=",
  balance: 874,
  /** Task and path of its first file. */
  tasks: {
    completed: [230646120878999, "/files/0RywmUXj8et7BgDRxXwak5fSGJ1721WncmEcTDjQDAQ/0.png"],
    failed: [230646121352262, "/files/0RywmUXj8et7BgDRxXwhzEbSDJPYUiH7xW7hDLgN2gk/0.png"],
    untold: [230646139324846, "/files/0RywmUXj8et7BgDRxX00Ca5ljRK8Sc_q3blqn8moTl4/0.png"],
    mirroring: [230646155028143, "/files/0RywmUXj8et7BgDRxX4jpq9t5GwPq2wOHBq6Mt1f22w/0.mp4"],
    running: [230646165085435, "/files/0RywmUXj8et7BgDRxX69HPtGrPDgen9f4U3ixGA5JyA/0.mp4"],
    submitting: [230646171095647, "/files/0RywmUXj8et7BgDRxX8Y0l8vV6230dNeRM4sVcj5WcU/0.png"],
  },
} as const;

/** How long nothing ran between the old code and the new. */
const PAUSE_MS = 600_000;

/** The statements of a fixture, as if the old release had stopped ten minutes ago. */
function fill(sql: string, receiver: string): string {
  const leftAt = Date.now() - PAUSE_MS;
  return sql
    .replaceAll(/\{\{now-(-?\d+)\}\}/g, (_, ms) => String(leftAt - Number(ms)))
    .replaceAll("{{upstream}}", inject("simulatorUrl"))
    .replaceAll("{{receiver}}/upgrade", receiver);
}

/** Makes an empty database what release 0.1.0 left of a tenant. The upstream's names of its tasks are not filled in yet. */
export function restoreTenant(storage: DurableObjectStorage, receiver: string): void {
  storage.sql.exec(fill(tenantSql, receiver));
}

/** The same for the Directory. */
export function restoreDirectory(storage: DurableObjectStorage): void {
  storage.sql.exec(fill(directorySql, ""));
}

/** Tables and indexes of a database, as their statements. */
export function schemaOf(storage: DurableObjectStorage): { name: string; sql: string }[] {
  return storage.sql
    .exec<{ name: string; sql: string }>(
      `SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\'
       AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name`,
    )
    .toArray();
}

/**
 * Puts the released state into the tenant's object and the Directory, with the tasks that the upstream has in it, and
 * leaves both as a deploy does: gone from memory, with the alarm on disk.
 *
 * @param receiver where the tenant's webhooks go
 */
export async function restoreRelease(receiver: string): Promise<void> {
  const stub = tenantStub(RELEASED.tenantId);
  await runInDurableObject(stub, async (_, { storage }) => {
    restoreTenant(storage, receiver);
    const tasks = storage.sql.exec("SELECT task_id, upstream_key, request, files FROM tasks").toArray();
    for (const { task_id, upstream_key, request, files } of tasks) {
      const { id, no } = await submitUpstream(String(upstream_key), String(request));
      storage.sql.exec(
        `UPDATE tasks SET upstream_id = iif(upstream_id IS NULL, NULL, ?), upstream_no = iif(upstream_no IS NULL, NULL, ?),
           files = ? WHERE task_id = ?`,
        id,
        no,
        files === null ? null : String(files).replaceAll(/\{\{no of \w+\}\}/g, no),
        task_id ?? null,
      );
    }
    await storage.setAlarm(Date.now() + 200);
  });
  await evictDurableObject(stub);
  const { DIRECTORY } = env as unknown as Bindings;
  const directory = DIRECTORY.getByName(DIRECTORY_NAME);
  await runInDurableObject(directory, (_, { storage }) => {
    for (const { name, sql } of schemaOf(storage))
      if (sql.startsWith("CREATE TABLE")) storage.sql.exec(`DROP TABLE ${name}`);
    restoreDirectory(storage);
  });
  await evictDurableObject(directory);
}

/** What the old release did upstream: the same body under the same key, so that another attempt is a repetition. */
async function submitUpstream(upstreamKey: string, request: string): Promise<{ id: string; no: string }> {
  const response = await fetch(`${inject("simulatorUrl")}/api/v1/task/generate`, {
    method: "POST",
    headers: {
      authorization: "Bearer sh-test-one",
      "x-idempotency-key": upstreamKey,
      "content-type": "application/json",
    },
    body: request,
  });
  const text = await response.text();
  const [, id] = /"taskId":\s*(\d+)/.exec(text) ?? [];
  const [, no] = /"taskNo":\s*"([0-9a-f]+)"/.exec(text) ?? [];
  if (id === undefined || no === undefined) throw new Error(`the upstream says ${text}`);
  return { id, no };
}
