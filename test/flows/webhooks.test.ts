import { abortAllDurableObjects, evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { Webhook } from "standardwebhooks";
import { beforeAll, describe, expect, it } from "vitest";
import type { Attempt } from "../../src/domain/delivery.ts";
import { call, createTenant, IMAGE, OPERATOR, type TaskData, type TestTenant, untilEnded } from "../support/gateway.ts";
import type { ReceivedWebhook } from "../support/received-webhook.ts";
import { until } from "../support/until.ts";
import { bodyOf, type Inbox, openInbox } from "../support/webhook-inbox.ts";

interface Deliveries {
  attempts: Attempt[];
  delivered: boolean;
  nextAttemptAt: string | null;
}

const { TENANTS } = env as unknown as { TENANTS: DurableObjectNamespace };

async function submit(tenant: TestTenant, more: object = {}): Promise<number> {
  const answer = await call<{ taskId: number }>("POST", "/api/v1/task/generate", {
    headers: tenant.auth,
    body: { ...IMAGE, ...more },
  });
  if (answer.code !== 0) throw new Error(answer.text);
  return answer.data.taskId;
}

/** Sets the endpoint. @returns its secret, if that was made now */
async function putWebhook(tenant: TestTenant, inbox: Pick<Inbox, "url">): Promise<string> {
  const answer = await call<{ secret?: string }>("PUT", "/api/v1/webhook", {
    headers: tenant.auth,
    body: { url: inbox.url },
  });
  if (answer.code !== 0) throw new Error(answer.text);
  return answer.data.secret ?? "";
}

async function deliveriesOf(tenant: TestTenant, taskId: number): Promise<Deliveries> {
  return (await call<Deliveries>("GET", `/api/v1/tasks/${taskId}/deliveries`, { headers: tenant.auth })).data;
}

/** Asks for the log until it says what is awaited. */
async function untilLogged(tenant: TestTenant, taskId: number, done: (log: Deliveries) => boolean) {
  return until("the log of deliveries", async () => {
    const log = await deliveriesOf(tenant, taskId);
    return done(log) ? log : null;
  });
}

/** Throws unless a public client library of Standard Webhooks accepts it. */
function verify(secret: string, webhook: ReceivedWebhook | undefined): void {
  new Webhook(secret).verify(webhook?.body ?? "", { ...webhook?.headers });
}

const objectOf = ({ tenantId }: TestTenant) => TENANTS.getByName(tenantId);

function countDeliveries(tenant: TestTenant): Promise<number> {
  return runInDurableObject(objectOf(tenant), (_, { storage }) =>
    Number(storage.sql.exec("SELECT COUNT(*) AS count FROM deliveries").one().count),
  );
}

describe("the ending of a task", () => {
  it.each([
    ["task.completed", "", 2],
    ["task.failed", '[[sim: fail="no luck"]]', 3],
    ["task.cancelled", "[[sim: cancel]]", 5],
  ])("comes as %s, signed, with the query's data", async (type, prompt, status) => {
    const inbox = await openInbox();
    const tenant = await createTenant();
    const secret = await putWebhook(tenant, inbox);
    const taskId = await submit(tenant, { prompt: `a cat ${prompt}`, metadata: { order: "77" } });
    const [webhook] = await inbox.until(1);
    verify(secret, webhook);
    expect(webhook?.headers["content-type"]).toBe("application/json");
    const { data } = await call<TaskData>("GET", `/api/v1/query/${taskId}`, { headers: tenant.auth });
    const body = bodyOf(webhook);
    expect(body).toEqual({ type, timestamp: expect.any(String), data });
    expect(body.data).toMatchObject({ taskId, taskStatus: status, metadata: { order: "77" } });
    expect(new Date(body.timestamp).toISOString()).toBe(body.timestamp);
    expect(Math.abs(Date.parse(body.timestamp) - Date.now())).toBeLessThan(20_000);
    const log = await untilLogged(tenant, taskId, ({ delivered }) => delivered);
    expect(log).toMatchObject({
      nextAttemptAt: null,
      attempts: [{ status: 200, type, response: "thanks", error: null }],
    });
    expect(log.attempts[0]?.webhookId).toBe(webhook?.headers["webhook-id"]);
    expect(await inbox.received()).toHaveLength(1);
  });

  it("brings file URLs that open, also where links are signed", async () => {
    const inbox = await openInbox();
    const tenant = await createTenant({ filesVisibility: "signed" });
    await putWebhook(tenant, inbox);
    await submit(tenant);
    const [webhook] = await inbox.until(1);
    const [{ fileUrl } = { fileUrl: null }] = (bodyOf(webhook).data as unknown as TaskData).results;
    expect(fileUrl).toMatch(/\?expires=\d+&signature=/);
    const file = await call("HEAD", fileUrl ?? "");
    expect(file.status).toBe(200);
  });

  it("goes to the task's own webhookUrl instead, signed with the tenant's secret", async () => {
    const [endpoint, own] = [await openInbox(), await openInbox()];
    const tenant = await createTenant();
    const secret = await putWebhook(tenant, endpoint);
    const taskId = await submit(tenant, { webhookUrl: own.url });
    const [webhook] = await own.until(1);
    verify(secret, webhook);
    expect(bodyOf(webhook)).toMatchObject({ type: "task.completed", data: { taskId } });
    await untilLogged(tenant, taskId, ({ delivered }) => delivered);
    expect(await endpoint.received()).toEqual([]);
  });

  it("comes unsigned to a webhookUrl of a tenant that has no secret", async () => {
    const own = await openInbox();
    const tenant = await createTenant();
    await submit(tenant, { webhookUrl: own.url });
    const [webhook] = await own.until(1);
    expect(webhook?.headers["webhook-id"]).toMatch(/^msg_[^.]+$/);
    expect(webhook?.headers["webhook-timestamp"]).toMatch(/^\d+$/);
    expect(webhook?.headers["webhook-signature"]).toBeUndefined();
  });

  it("is not recorded without a receiver", async () => {
    const tenant = await createTenant();
    const taskId = await submit(tenant);
    await untilEnded(tenant, taskId);
    expect(await countDeliveries(tenant)).toBe(0);
    expect(await deliveriesOf(tenant, taskId)).toEqual({ attempts: [], delivered: false, nextAttemptAt: null });
  });

  it("gets no event for a submission that the upstream refused", async () => {
    const inbox = await openInbox();
    const tenant = await createTenant();
    await putWebhook(tenant, inbox);
    const refused = await call("POST", "/api/v1/task/generate", {
      headers: tenant.auth,
      body: { ...IMAGE, prompt: "a cat [[sim: generate=code:50014]]" },
    });
    expect(refused.status).toBe(422);
    expect(await countDeliveries(tenant)).toBe(0);
  });

  it("reaches a tenant that was suspended meanwhile", async () => {
    const inbox = await openInbox();
    const tenant = await createTenant();
    const secret = await putWebhook(tenant, inbox);
    await submit(tenant);
    const suspended = await call("PATCH", `/admin/v1/tenants/${tenant.tenantId}`, {
      headers: OPERATOR,
      body: { status: "suspended" },
    });
    expect(suspended.code).toBe(0);
    const [webhook] = await inbox.until(1);
    verify(secret, webhook);
  });

  it("has the same content in every attempt, even if copies were made since", async () => {
    const inbox = await openInbox();
    const tenant = await createTenant();
    await putWebhook(tenant, inbox);
    const taskId = await submit(tenant);
    await untilLogged(tenant, taskId, ({ delivered }) => delivered);
    // As if the file had still been on its way to R2 when the event happened.
    await runInDurableObject(objectOf(tenant), (_, { storage }) => {
      const { files } = storage.sql.exec("SELECT files FROM tasks WHERE task_id = ?", taskId).one();
      const waiting = String(files).replaceAll('"stored"', '"waiting"');
      storage.sql.exec("UPDATE deliveries SET files = ? WHERE event_id = ?", waiting, taskId);
    });
    await call("POST", `/api/v1/tasks/${taskId}/deliveries/redeliver`, { headers: tenant.auth });
    const [, again] = await inbox.until(2);
    expect(bodyOf(again).data).toMatchObject({ results: [{ mirrored: false, fileUrl: expect.any(String) }] });
  });
});

describe("attempts", () => {
  it("are repeated until one is answered with 2xx: one event, one id, one body", async () => {
    const inbox = await openInbox(
      { status: 500, body: "oops" },
      { status: 404 },
      { fault: "drop" },
      { status: 204, body: "" },
    );
    const tenant = await createTenant();
    const secret = await putWebhook(tenant, inbox);
    const taskId = await submit(tenant);
    const received = await inbox.until(4);
    for (const webhook of received) verify(secret, webhook);
    expect(new Set(received.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
    expect(new Set(received.map(({ body }) => body)).size).toBe(1);
    const gaps = received.slice(1).map(({ at }, index) => at - (received[index]?.at ?? 0));
    for (const [index, least] of [50, 100, 200].entries()) expect(gaps[index]).toBeGreaterThanOrEqual(least - 10);
    const { attempts } = await untilLogged(tenant, taskId, ({ delivered }) => delivered);
    expect(attempts.map(({ status, error, response }) => ({ status, error, response }))).toEqual([
      { status: 500, error: null, response: "oops" },
      { status: 404, error: null, response: "thanks" },
      { status: null, error: "connection failed", response: "" },
      { status: 204, error: null, response: "" },
    ]);
    expect(
      attempts.every(({ url, at, durationMs }) => url === inbox.url && Date.parse(at) > 0 && durationMs >= 0),
    ).toBe(true);
  });

  it("end with the last wait of WEBHOOK_RETRY_SECONDS", async () => {
    const inbox = await openInbox({ status: 503 });
    const tenant = await createTenant();
    await putWebhook(tenant, inbox);
    const taskId = await submit(tenant);
    const log = await untilLogged(
      tenant,
      taskId,
      ({ attempts, nextAttemptAt }) => attempts.length > 0 && nextAttemptAt === null,
    );
    expect(log.delivered).toBe(false);
    expect(log.attempts.map(({ status }) => status)).toEqual([503, 503, 503, 503, 503]);
  });

  it("take a redirect for a failure, and follow none", async () => {
    const elsewhere = await openInbox();
    const inbox = await openInbox({ status: 301, headers: { location: elsewhere.url } }, { status: 200 });
    const tenant = await createTenant();
    await putWebhook(tenant, inbox);
    const taskId = await submit(tenant);
    const { attempts } = await untilLogged(tenant, taskId, ({ delivered }) => delivered);
    expect(attempts.map(({ status }) => status)).toEqual([301, 200]);
    expect(await elsewhere.received()).toEqual([]);
  });

  it("wait for as long as the receiver asks", async () => {
    const inbox = await openInbox({ status: 429, headers: { "retry-after": "1" } }, { status: 200 });
    const tenant = await createTenant();
    await putWebhook(tenant, inbox);
    await submit(tenant);
    const [first, second] = await inbox.until(2);
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(950);
  });

  it("go on after the object was evicted between two of them", async () => {
    const inbox = await openInbox({ status: 503, headers: { "retry-after": "1" } }, { status: 200 });
    const tenant = await createTenant();
    const secret = await putWebhook(tenant, inbox);
    const taskId = await submit(tenant);
    await untilLogged(tenant, taskId, ({ attempts }) => attempts.length === 1);
    await evictDurableObject(objectOf(tenant));
    const received = await inbox.until(2);
    verify(secret, received[1]);
    const { attempts } = await untilLogged(tenant, taskId, ({ delivered }) => delivered);
    expect(attempts.map(({ status }) => status)).toEqual([503, 200]);
  });

  it("are made again when the object died before it knew how one went", async () => {
    const inbox = await openInbox({ fault: "hang" }, { status: 200 });
    const tenant = await createTenant();
    await putWebhook(tenant, inbox);
    const taskId = await submit(tenant);
    await inbox.until(1);
    await abortAllDurableObjects();
    // What is on disk is due: the alarm, whenever it comes, finds it. Run twice, it is still sent once.
    await runDurableObjectAlarm(objectOf(tenant));
    await runDurableObjectAlarm(objectOf(tenant));
    const received = await inbox.until(2);
    expect(received[1]?.headers["webhook-id"]).toBe(received[0]?.headers["webhook-id"]);
    const { attempts } = await untilLogged(tenant, taskId, ({ delivered }) => delivered);
    expect(attempts.map(({ status }) => status)).toEqual([200]);
    expect(await inbox.received()).toHaveLength(2);
  });

  it("leave an alarm behind while one is under way, for the case that the object dies", async () => {
    const inbox = await openInbox({ status: 200 }, { fault: "hang" });
    const tenant = await createTenant();
    await putWebhook(tenant, inbox);
    const taskId = await submit(tenant);
    await untilLogged(tenant, taskId, ({ delivered }) => delivered);
    // Once this alarm has come, nothing but the redelivery is left to do.
    await runDurableObjectAlarm(objectOf(tenant));
    await call("POST", `/api/v1/tasks/${taskId}/deliveries/redeliver`, { headers: tenant.auth });
    await inbox.until(2);
    const alarmAt = await runInDurableObject(objectOf(tenant), (_, { storage }) => storage.getAlarm());
    expect(alarmAt).not.toBeNull();
    expect((alarmAt ?? 0) - Date.now()).toBeLessThanOrEqual(31_000);
  });
});

describe("410 Gone", () => {
  it("from the endpoint turns it off until it is put again", async () => {
    const inbox = await openInbox({ status: 410 });
    const tenant = await createTenant();
    const secret = await putWebhook(tenant, inbox);
    const taskId = await submit(tenant);
    await untilLogged(tenant, taskId, ({ attempts, nextAttemptAt }) => attempts.length === 1 && nextAttemptAt === null);
    const off = await call("GET", "/api/v1/webhook", { headers: tenant.auth });
    expect(off.data).toMatchObject({ url: inbox.url, enabled: false, disabledAt: expect.any(String) });
    // Nothing is sent, and nothing is kept to be sent later.
    await untilEnded(tenant, await submit(tenant));
    expect(await countDeliveries(tenant)).toBe(1);
    const redelivery = await call("POST", `/api/v1/tasks/${taskId}/deliveries/redeliver`, { headers: tenant.auth });
    expect(redelivery).toMatchObject({ status: 400, code: 30001 });
    await inbox.reply({ status: 200 });
    expect(await putWebhook(tenant, inbox)).toBe("");
    const on = await call("GET", "/api/v1/webhook", { headers: tenant.auth });
    expect(on.data).toMatchObject({ enabled: true, disabledAt: null });
    await submit(tenant);
    const received = await inbox.until(2);
    verify(secret, received[1]);
  });

  it("from a task's own webhookUrl ends that delivery and leaves the endpoint on", async () => {
    const [endpoint, own] = [await openInbox(), await openInbox({ status: 410 })];
    const tenant = await createTenant();
    await putWebhook(tenant, endpoint);
    const taskId = await submit(tenant, { webhookUrl: own.url });
    await untilLogged(tenant, taskId, ({ attempts, nextAttemptAt }) => attempts.length === 1 && nextAttemptAt === null);
    const { data } = await call("GET", "/api/v1/webhook", { headers: tenant.auth });
    expect(data).toMatchObject({ enabled: true });
  });
});

describe("redelivery", () => {
  it("sends the same event again, to where deliveries go now", async () => {
    const inbox = await openInbox();
    const tenant = await createTenant();
    const secret = await putWebhook(tenant, inbox);
    const taskId = await submit(tenant);
    const [first] = await inbox.until(1);
    await untilLogged(tenant, taskId, ({ delivered }) => delivered);
    const moved = await openInbox();
    await putWebhook(tenant, moved);
    const answer = await call<Deliveries>("POST", `/api/v1/tasks/${taskId}/deliveries/redeliver`, {
      headers: tenant.auth,
    });
    expect(answer).toMatchObject({
      status: 200,
      code: 0,
      data: { attempts: [{ status: 200 }], nextAttemptAt: expect.any(String) },
    });
    const [again] = await moved.until(1);
    verify(secret, again);
    expect(again?.headers["webhook-id"]).toBe(first?.headers["webhook-id"]);
    expect(again?.body).toBe(first?.body);
    const { attempts } = await untilLogged(tenant, taskId, (log) => log.attempts.length === 2);
    expect(attempts.map(({ url }) => url)).toEqual([inbox.url, moved.url]);
  });

  it("works for a task that ended without a receiver", async () => {
    const tenant = await createTenant();
    const taskId = await submit(tenant);
    await untilEnded(tenant, taskId);
    const nowhere = await call("POST", `/api/v1/tasks/${taskId}/deliveries/redeliver`, { headers: tenant.auth });
    expect(nowhere).toMatchObject({ status: 400, code: 30001 });
    const inbox = await openInbox();
    const secret = await putWebhook(tenant, inbox);
    await call("POST", `/api/v1/tasks/${taskId}/deliveries/redeliver`, { headers: tenant.auth });
    const [webhook] = await inbox.until(1);
    verify(secret, webhook);
    expect(bodyOf(webhook)).toMatchObject({ type: "task.completed", data: { taskId } });
  });

  it("begins a new series of attempts", async () => {
    const inbox = await openInbox({ status: 500 });
    const tenant = await createTenant();
    await putWebhook(tenant, inbox);
    const taskId = await submit(tenant);
    await untilLogged(tenant, taskId, ({ attempts, nextAttemptAt }) => attempts.length === 5 && nextAttemptAt === null);
    await inbox.reply({ status: 500 }, { status: 200 });
    await call("POST", `/api/v1/tasks/${taskId}/deliveries/redeliver`, { headers: tenant.auth });
    const { attempts } = await untilLogged(tenant, taskId, ({ delivered }) => delivered);
    expect(attempts.slice(5).map(({ status }) => status)).toEqual([500, 200]);
  });

  it("is refused while the task is running", async () => {
    const inbox = await openInbox();
    const tenant = await createTenant();
    await putWebhook(tenant, inbox);
    const taskId = await submit(tenant, { prompt: "a cat [[sim: never]]" });
    const answer = await call("POST", `/api/v1/tasks/${taskId}/deliveries/redeliver`, { headers: tenant.auth });
    expect(answer).toMatchObject({ status: 409, code: 70005 });
  });
});

describe("secrets", () => {
  it("sign together after a rotation", async () => {
    const inbox = await openInbox();
    const tenant = await createTenant();
    const first = await putWebhook(tenant, inbox);
    const rotated = await call<{ secret: string }>("POST", "/api/v1/webhook/rotate", { headers: tenant.auth });
    expect(rotated.data).toMatchObject({ url: inbox.url, secret: expect.stringMatching(/^whsec_/) });
    expect(rotated.data.secret).not.toBe(first);
    await submit(tenant);
    const [webhook] = await inbox.until(1);
    verify(first, webhook);
    verify(rotated.data.secret, webhook);
    expect(webhook?.headers["webhook-signature"]).toMatch(/^v1,\S+ v1,\S+$/);
  });
});

describe("credits.low", () => {
  let tenant: TestTenant;
  let inbox: Inbox;
  let aside: Inbox;

  beforeAll(async () => {
    [inbox, aside] = [await openInbox(), await openInbox()];
    tenant = await createTenant({ billing: "prepaid", lowBalance: 25 });
    await credit(50);
  });

  async function credit(credits: number): Promise<void> {
    const answer = await call("POST", `/admin/v1/tenants/${tenant.tenantId}/credits`, {
      headers: { ...OPERATOR, "x-idempotency-key": crypto.randomUUID() },
      body: { credits, note: "test" },
    });
    if (answer.code !== 0) throw new Error(answer.text);
  }

  /** Runs tasks of 10 credits one after another; what is told of their endings goes elsewhere. */
  async function spend(tasks: number, more = ""): Promise<void> {
    const body = { prompt: `a cat [[sim: price=10 ${more}]]`, webhookUrl: aside.url };
    for (let count = 0; count < tasks; count += 1) await untilEnded(tenant, await submit(tenant, body));
  }

  const balances = (received: ReceivedWebhook[]) => received.map((webhook) => bodyOf(webhook).data);

  it("comes once when the balance falls below lowBalance, and again only after it was there", async () => {
    const secret = await putWebhook(tenant, inbox);
    // 50 → 40 → 30 → 20: below; then 10, still below.
    await spend(4);
    await aside.until(4);
    const received = await inbox.until(1);
    expect(balances(received)).toEqual([{ balance: 20 }]);
    verify(secret, received[0]);
    expect(bodyOf(received[0])).toEqual({
      type: "credits.low",
      timestamp: expect.any(String),
      data: { balance: 20 },
    });
    // Not high enough to cross again; then to the line itself, and down.
    await credit(10);
    await spend(1);
    await credit(15);
    await spend(1);
    expect(balances(await inbox.until(2))).toEqual([{ balance: 20 }, { balance: 15 }]);
    // Given back, and taken again: by a task that fails, and by the operator.
    await credit(20);
    await spend(1, "fail");
    await credit(-20);
    const all = await inbox.until(3);
    expect(balances(all)).toEqual([{ balance: 20 }, { balance: 15 }, { balance: 15 }]);
    expect(new Set(all.map(({ headers }) => headers["webhook-id"])).size).toBe(3);
  });

  it("leaves nothing behind once it is delivered", async () => {
    const left = () =>
      runInDurableObject(objectOf(tenant), (_, { storage }) =>
        Number(storage.sql.exec("SELECT COUNT(*) AS count FROM deliveries WHERE type = 'credits.low'").one().count),
      );
    await expect.poll(left).toBe(0);
  });
});

describe("the log of deliveries", () => {
  it("goes with its task, and what was still to be sent is not sent", async () => {
    const inbox = await openInbox({ status: 503, headers: { "retry-after": "1" } });
    const tenant = await createTenant();
    await putWebhook(tenant, inbox);
    const taskId = await submit(tenant);
    await untilLogged(tenant, taskId, ({ attempts }) => attempts.length === 1);
    expect(await call("DELETE", `/api/v1/tasks/${taskId}`, { headers: tenant.auth })).toMatchObject({ code: 0 });
    expect(await countDeliveries(tenant)).toBe(0);
    const log = await call("GET", `/api/v1/tasks/${taskId}/deliveries`, { headers: tenant.auth });
    expect(log).toMatchObject({ status: 404, code: 40002 });
  });
});

describe("a receiver that hangs", () => {
  it("holds up neither polls, nor copies, nor the deliveries to others", async () => {
    const slow = await openInbox({ fault: "hang" });
    const tenant = await createTenant();
    await putWebhook(tenant, slow);
    // More than may be under way at once, all stuck for 15 s.
    const quick = { prompt: "a cat [[sim: delayMs=0]]" };
    const taskIds = await Promise.all(Array.from({ length: 28 }, () => submit(tenant, quick)));
    expect(await slow.until(24)).toHaveLength(24);
    const healthy = await openInbox();
    const taskId = await submit(tenant, { webhookUrl: healthy.url });
    const [webhook] = await healthy.until(1);
    expect(bodyOf(webhook)).toMatchObject({ data: { taskId, taskStatus: 2, results: [{ mirrored: true }] } });
    expect((await deliveriesOf(tenant, taskIds[0] ?? 0)).attempts).toEqual([]);
    await Promise.all(taskIds.map((taskId) => untilEnded(tenant, taskId)));
    await untilAlarmIsFarOff(tenant);
  });
});

/** Those that wait for room wait for an end of those under way; the alarm is only the watchdog, and does not spin. */
async function untilAlarmIsFarOff(tenant: TestTenant): Promise<void> {
  await until("an alarm that is far off", async () => {
    const alarmAt = await runInDurableObject(objectOf(tenant), (_, { storage }) => storage.getAlarm());
    return alarmAt !== null && alarmAt > Date.now() + 3_000;
  });
}
