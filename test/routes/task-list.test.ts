/** `GET /api/v1/tasks`: newest first, filtered, page by page. */
import { beforeAll, describe, expect, it } from "vitest";
import { submit } from "../support/flow.ts";
import { call, createTenant, IMAGE, OPERATOR, type TaskData, type TestTenant, untilEnded } from "../support/gateway.ts";
import { parseCsv, submitImage, tokenFor } from "../support/operator.ts";
import { pass } from "../support/until.ts";

interface Page {
  readonly tasks: (TaskData & { model?: string; prompt: string })[];
  readonly nextCursor: string | null;
}

const VIDEO = { model: "Seedance 2.0", taskName: "v", type: "img_txt", prompt: "a video" };
let tenant: TestTenant;
/** In the order in which they were made. */
const made: number[] = [];
let middle = "";

const list = (query = "") => call<Page>("GET", `/api/v1/tasks${query}`, { headers: tenant.auth });
const idsOf = ({ tasks }: Page) => tasks.map(({ taskId }) => taskId);
const newestFirst = () => made.toReversed();

beforeAll(async () => {
  tenant = await createTenant();
  const bodies = [
    IMAGE,
    { ...IMAGE, prompt: "[[sim: fail]]" },
    VIDEO,
    { ...IMAGE, prompt: "[[sim: never]]" },
    { ...VIDEO, prompt: "[[sim: cancel]]" },
  ];
  for (const body of bodies) {
    made.push((await submit(tenant, body)).data.taskId);
    await pass(5);
    if (made.length === 3) {
      middle = new Date().toISOString();
      await pass(5);
    }
  }
  for (const index of [0, 1, 2, 4]) await untilEnded(tenant, made[index] ?? 0);
});

describe("the task list", () => {
  it("has all of the tenant's tasks, newest first, each as its query has it", async () => {
    const { data } = await list();
    expect(idsOf(data)).toEqual(newestFirst());
    expect(data.nextCursor).toBeNull();
    const first = await call("GET", `/api/v1/query/${made[0]}`, { headers: tenant.auth });
    expect(data.tasks.at(-1)).toEqual(first.data);
  });

  it("comes page by page without a gap or a repetition, also while new tasks come in", async () => {
    const seen: number[] = [];
    let cursor = "";
    for (;;) {
      const { data } = await list(`?limit=2${cursor}`);
      expect(data.tasks.length).toBeLessThanOrEqual(2);
      seen.push(...idsOf(data));
      if (data.nextCursor === null) break;
      cursor = `&cursor=${data.nextCursor}`;
    }
    expect(seen).toEqual(newestFirst());
    expect((await list("?limit=5")).data.nextCursor).toBeNull();
    expect((await list("?limit=1")).data.nextCursor).toBe(String(made.at(-1)));
    expect((await list("?cursor=0")).data).toEqual({ tasks: [], nextCursor: null });
  });

  it.each([
    ["?status=2", [2, 0]],
    ["?status=3", [1]],
    ["?status=5", [4]],
    ["?status=0", []],
    ["?status=4", []],
    ["?model=Seedance%202.0", [4, 2]],
    ["?model=Seedance+2.0&status=2", [2]],
    ["?model=none", []],
    ["?from=2026-01-01", [4, 3, 2, 1, 0]],
    ["?from=2100-01-01", []],
    ["?to=2026-01-01", []],
  ])("can be narrowed: %s", async (query, indexes) => {
    const { status, data } = await list(query);
    expect(status).toBe(200);
    expect(idsOf(data)).toEqual(indexes.map((index) => made[index]));
  });

  it("can be cut in time", async () => {
    const at = encodeURIComponent(middle);
    expect(idsOf((await list(`?from=${at}`)).data)).toEqual([made[4], made[3]]);
    expect(idsOf((await list(`?to=${at}`)).data)).toEqual([made[2], made[1], made[0]]);
    // As it is often sent: with the plus sign of its offset not escaped.
    const elsewhere = new Date(Date.parse(middle) + 7_200_000).toISOString().replace("Z", "+02:00");
    expect(idsOf((await list(`?from=${elsewhere}`)).data)).toEqual([made[4], made[3]]);
    expect((await list(`?from=${at}&to=2026-01-01`)).status).toBe(400);
  });

  it.each([
    "?limit=0",
    "?limit=101",
    "?limit=x",
    "?status=6",
    "?status=completed",
    "?from=now",
    "?from=2026-02-30",
    "?to=2026-02-29T00:00:00Z",
    "?to=2026-13-01",
    "?from=2026-01-01T25:00:00Z",
    "?cursor=abc",
    "?limit=",
  ])("refuses bad parameters: %s", async (query) => {
    const answer = await list(query);
    expect(answer).toMatchObject({ status: 400, code: 30001 });
    expect(answer.headers.get("ratelimit")).not.toBeNull();
  });

  describe("with filters by end user, metadata and text", () => {
    let other: TestTenant;
    let ann: { authorization: string };
    const ids: Record<string, number> = {};
    const listed = async (query: string, headers: Record<string, string> = other.auth) => {
      const { status, data } = await call<Page>("GET", `/api/v1/tasks?${query}`, { headers });
      expect(status).toBe(200);
      return data.tasks.map(({ taskId }) => taskId);
    };
    const operatorList = (query: string, accept = "application/json") =>
      call<Page>("GET", `/admin/v1/tenants/${other.tenantId}/tasks?${query}`, { headers: { ...OPERATOR, accept } });

    beforeAll(async () => {
      other = await createTenant();
      ann = await tokenFor(other, { endUser: "ann" });
      const bob = await tokenFor(other, { endUser: "bob" });
      const make = async (name: string, headers: Record<string, string>, more: object) => {
        ids[name] = (await submitImage(headers, "", more)).data.taskId;
      };
      await make("own", other.auth, { metadata: { "order.no": "7" }, taskName: "Grüße" });
      await make("ann", ann, { metadata: { "order.no": "7", team: "a" }, prompt: "a RED car" });
      await make("bob", bob, { metadata: { "order.no": "8" }, prompt: "a red bike" });
    });

    it.each([
      ["endUser=ann", ["ann"]],
      ["endUser=nobody", []],
      ["metadata.order.no=7", ["ann", "own"]],
      ["metadata.order.no=7&metadata.team=a", ["ann"]],
      ["metadata.order.no=", []],
      ["metadata.order=7", []],
      ["metadata.=7", []],
      ["q=red", ["bob", "ann"]],
      ["q=GR%C3%9CSSE", ["own"]],
      ["q=red&endUser=bob", ["bob"]],
      ["q=&endUser=bob", ["bob"]],
      ["q=%25", []],
    ])("has only matching tasks: %s", async (query, names) => {
      const expected = names.map((name) => ids[name]);
      expect(await listed(query)).toEqual(expected);
      expect((await operatorList(query)).data.tasks.map(({ taskId }) => taskId)).toEqual(expected);
      const csv = parseCsv((await operatorList(query, "text/csv")).text);
      expect(csv.slice(1).map(([taskId]) => Number(taskId))).toEqual(expected);
    });

    it("has only the tasks of one key and of the client tokens that it minted", async () => {
      const { data } = await call<{ keyId: string; key: string }>("POST", `/admin/v1/tenants/${other.tenantId}/keys`, {
        headers: OPERATOR,
        body: { name: "second" },
      });
      const second = (await submitImage({ authorization: `Bearer ${data.key}` }, "", {})).data.taskId;
      expect(await listed(`keyId=${data.keyId}`)).toEqual([second]);
      expect(await listed(`keyId=${other.keyId}`)).toEqual([ids.bob, ids.ann, ids.own]);
      expect(await listed(`keyId=${other.keyId}&endUser=ann`)).toEqual([ids.ann]);
      expect(await listed(`keyId=${data.keyId}`, ann)).toEqual([]);
      expect(await listed("keyId=key_0000000000000000")).toEqual([]);
    });

    it("has nothing of another end user for a client token", async () => {
      expect(await listed("", ann)).toEqual([ids.ann]);
      expect(await listed("endUser=ann", ann)).toEqual([ids.ann]);
      expect(await listed("endUser=bob", ann)).toEqual([]);
      expect(await listed("q=red", ann)).toEqual([ids.ann]);
      expect(await listed("metadata.order.no=8", ann)).toEqual([]);
    });

    it.each([
      "q=a&q=b",
      "metadata.a=1&metadata.a=1",
      "endUser=a&endUser=b",
      "endUser=",
      "keyId=",
      "keyId=a&keyId=b",
      `q=${"x".repeat(201)}`,
      `endUser=${"x".repeat(201)}`,
      `metadata.${"k".repeat(41)}=1`,
      `metadata.k=${"v".repeat(501)}`,
      Array.from({ length: 17 }, (_, index) => `metadata.k${index}=1`).join("&"),
      "metadata=1",
      "enduser=ann",
      "metadata.a=1&unknown=1",
    ])("is refused for wrong filters: %s", async (query) => {
      const refused = [await call("GET", `/api/v1/tasks?${query}`, { headers: other.auth }), await operatorList(query)];
      for (const response of refused) expect(response).toMatchObject({ status: 400, code: 30001 });
    });
  });

  it("does not contain a deleted task", async () => {
    const other = await createTenant();
    const { data } = await submit(other, IMAGE);
    await untilEnded(other, data.taskId);
    await call("DELETE", `/api/v1/tasks/${data.taskId}`, { headers: other.auth });
    expect((await call<Page>("GET", "/api/v1/tasks", { headers: other.auth })).data.tasks).toEqual([]);
  });
});
