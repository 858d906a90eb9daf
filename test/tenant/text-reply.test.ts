/** The packed answer of an object says what the unpacked one says: during a deploy, old and new code ask and are asked. */
import { describe, expect, it } from "vitest";
import { hashKey } from "../../src/domain/key-format.ts";
import type { Caller, Result } from "../../src/tenant/api.ts";
import { packReply, unpackReply } from "../../src/tenant/api.ts";
import { plannedRequest, submit } from "../support/flow.ts";
import { BASE, createTenant } from "../support/gateway.ts";
import { tenantStub } from "../support/tenant-object.ts";

const RATE = [
  { name: "requests", perMinute: 60, remaining: 59, nextTokenSeconds: 1 },
  { name: "key-requests", perMinute: 5, remaining: 0, nextTokenSeconds: 12 },
];

describe("a packed reply", () => {
  it.each(["{}", '{"prompt":"a\\nb"}', '{"a":\n1}', "", "ü \u2028"])("is unpacked to what was packed: %j", (data) => {
    expect(unpackReply(packReply(RATE, data))).toEqual({ ok: true, rate: RATE, data });
    expect(unpackReply(packReply([], data))).toEqual({ ok: true, rate: [], data });
  });

  it("is a reply as it was when it was not packed", () => {
    const replies: Result<string>[] = [
      { ok: true, rate: RATE, data: "{}" },
      { ok: false, rate: null, error: { code: 20008, status: 401, msg: "Invalid API key" } },
    ];
    for (const reply of replies) expect(unpackReply(reply)).toBe(reply);
  });
});

describe("a query", () => {
  it("is packed for those only who ask for it, and a refusal never is", async () => {
    const tenant = await createTenant();
    const { taskId } = (await submit(tenant, plannedRequest("delayMs=60000").body)).data;
    const caller: Caller = { kind: "key", keyId: tenant.keyId, keyHash: await hashKey(tenant.key), origin: null };
    const stub = tenantStub(tenant.tenantId);
    const packed = await stub.query(caller, taskId, BASE, true);
    expect(packed).toBeTypeOf("string");
    const plain = (await stub.query(caller, taskId, BASE)) as Result<string>;
    expect(plain).toMatchObject({ ok: true, rate: [{ name: "requests" }] });
    const unpacked = unpackReply(packed);
    expect(unpacked).toMatchObject({ ok: true, rate: [{ name: "requests" }] });
    expect(unpacked.ok && JSON.parse(unpacked.data)).toEqual(plain.ok && JSON.parse(plain.data));
    for (const asText of [true, false]) {
      expect(await stub.query(caller, 1, BASE, asText)).toMatchObject({ ok: false, error: { code: 40002 } });
    }
  });
});
