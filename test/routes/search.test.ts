/** `GET /admin/v1/search`: from an id, a number, a URL or a name to the tenant it belongs to. */
import { exports } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { Directory } from "../../src/directory/object.ts";
import { Tenant } from "../../src/tenant/object.ts";
import { breakObject } from "../support/break-object.ts";
import { BASE, call, createTenant, type TestTenant, untilEnded } from "../support/gateway.ts";
import { png } from "../support/media.ts";
import { operate, submitImage } from "../support/operator.ts";

interface Found {
  readonly results: readonly ({ readonly kind: string; readonly tenantId: string } & Record<string, unknown>)[];
  readonly incomplete: boolean;
}

const search = (q: string) => operate<Found>("GET", `/search?q=${encodeURIComponent(q)}`);
const found = async (q: string) => {
  const { status, data } = await search(q);
  expect(status).toBe(200);
  return data;
};

let tenant: TestTenant;
const name = `Straßen & Töchter ${crypto.randomUUID()}`;
let task: { taskId: number; taskNo: string; resultUrls: string[] };

beforeAll(async () => {
  tenant = await createTenant({ name });
  await createTenant();
  task = (await submitImage(tenant.auth)).data as unknown as typeof task;
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe("a search", () => {
  it("finds a tenant by a part of its name in any case, and by its id", async () => {
    const whole = { kind: "tenant", tenantId: tenant.tenantId, name, status: "active", createdAt: expect.any(String) };
    for (const q of [name.replace("Straßen", "STRASSEN"), ` ${tenant.tenantId} `]) {
      expect(await found(q)).toEqual({ results: [whole], incomplete: false });
    }
  });

  it("finds a task that was submitted just now by its id, its number and the id of its event", async () => {
    const { taskId, taskNo } = task;
    const result = { kind: "task", tenantId: tenant.tenantId, tenantName: name, taskId, taskNo };
    for (const q of [String(taskId), taskNo, taskNo.toUpperCase(), `msg_${taskNo}`]) {
      expect(await found(q)).toMatchObject({ results: [result], incomplete: false });
    }
    const other = `${taskNo.startsWith("0") ? "1" : "0"}${taskNo.slice(1)}`;
    expect(await found(other)).toEqual({ results: [], incomplete: false });
    expect(await found(String(taskId + 1))).toEqual({ results: [], incomplete: false });
  });

  it("finds a result's file by its URL, and not by a URL with another secret", async () => {
    const [url = ""] = task.resultUrls;
    const result = { kind: "file", tenantId: tenant.tenantId, tenantName: name, taskId: task.taskId, name: "0.png" };
    for (const q of [url, new URL(url).pathname, `${url}?download=x`]) {
      expect(await found(q)).toEqual({ results: [result], incomplete: false });
    }
    const forged = url.replace(/.{4}\/0\.png$/, "AAAA/0.png");
    expect((await found(forged)).results).toEqual([]);
  });

  it("finds an uploaded reference by its URL", async () => {
    const response = await exports.default.fetch(
      new Request(`${BASE}/api/v1/files`, { method: "POST", headers: tenant.auth, body: png() }),
    );
    const upload = (await response.json()) as { data: { fileId: string; url: string } };
    const { fileId, url } = upload.data;
    expect((await found(url)).results).toMatchObject([{ kind: "file", tenantId: tenant.tenantId, fileId }]);
  });

  it("finds a key by its id, the beginning of its id and the beginning of its text, and shows no text", async () => {
    const { keyId, key, tenantId } = tenant;
    const result = { kind: "key", tenantId, tenantName: name, keyId, name: "test key", status: "active" };
    for (const q of [keyId, keyId.slice(0, 14), key.slice(0, 30), key.slice(0, 16), key.slice(0, 8)]) {
      const { data, text } = await search(q);
      expect(data).toEqual({ results: [result], incomplete: false });
      expect(text).not.toContain(key.slice(30));
    }
  });

  it("finds nothing that is deleted", async () => {
    const gone = await createTenant({ name: `gone ${crypto.randomUUID()}` });
    const { data } = await submitImage(gone.auth);
    await operate("DELETE", `/tenants/${gone.tenantId}`);
    for (const q of [gone.tenantId, gone.keyId, gone.key.slice(0, 30), String(data.taskId), data.resultUrls[0] ?? ""]) {
      expect(await found(q)).toEqual({ results: [], incomplete: false });
    }
    const deleted = (await submitImage(tenant.auth)).data;
    await untilEnded(tenant, deleted.taskId);
    await call("DELETE", `/api/v1/tasks/${deleted.taskId}`, { headers: tenant.auth });
    for (const q of [String(deleted.taskId), deleted.resultUrls[0] ?? ""]) expect((await found(q)).results).toEqual([]);
  });

  it.each([
    "",
    "?q=",
    "?q=%20",
    `?q=${"x".repeat(2_001)}`,
    "?q=a&q=b",
    "?q=a&limit=1",
  ])("is refused without one text: %s", async (query) => {
    expect(await operate("GET", `/search${query}`)).toMatchObject({ status: 400, code: 30001 });
  });

  it("needs the operator's credential", async () => {
    expect(await call("GET", "/admin/v1/search?q=a", { headers: tenant.auth })).toMatchObject({ status: 401 });
  });
});

describe("a search while a tenant does not answer", () => {
  it.each(["fails", "hangs"] as const)("is incomplete and has the others' results: %s", async (failure) => {
    const [broken, whole] = [await createTenant(), await createTenant()];
    const { taskId } = (await submitImage(whole.auth)).data;
    const mend = await breakObject(broken, failure);
    expect(await found(String(taskId))).toMatchObject({ results: [{ tenantId: whole.tenantId }], incomplete: true });
    expect(await found(broken.tenantId)).toMatchObject({ results: [{ kind: "tenant" }], incomplete: false });
    expect(await found(broken.key.slice(0, 30))).toEqual({ results: [], incomplete: true });
    mend();
    expect((await found(broken.key.slice(0, 30))).results).toHaveLength(1);
  }, 40_000);

  it("is incomplete and not an error while the Directory does not answer", async () => {
    vi.spyOn(Directory.prototype, "list").mockRejectedValue(new Error("down"));
    vi.spyOn(Directory.prototype, "searched").mockRejectedValue(new Error("down"));
    expect(await found(String(task.taskId))).toEqual({ results: [], incomplete: true });
  });
});

describe("a search over many tenants", () => {
  it("asks at most 200 of them and says that there may be more", async () => {
    vi.spyOn(Directory.prototype, "searched").mockImplementation(async (_, limit) =>
      Array.from({ length: limit }, (_, at) => `ten_${String(at).padStart(20, "0")}`),
    );
    const asked = vi.spyOn(Tenant.prototype, "search");
    // A busy machine makes 200 objects more slowly than a search may ask them.
    vi.spyOn(Date, "now").mockReturnValue(Date.now());
    expect(await found("key_0000")).toEqual({ results: [], incomplete: true });
    expect(asked).toHaveBeenCalledTimes(200);
  });
});
