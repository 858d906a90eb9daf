/** What one tenant's submissions provoke upstream never turns another tenant away (contract section 2). */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { masterKeyHealth } from "../../src/courier/master-keys.ts";
import { plannedRequest, submit } from "../support/flow.ts";
import { call, createTenant, IMAGE, OPERATOR, type TestTenant } from "../support/gateway.ts";
import { operate } from "../support/operator.ts";
import { expectBooksInOrder } from "../support/tenant-object.ts";
import { clearFault, strike, uniqueTag, upstreamRequests } from "../support/upstream.ts";

const VIDEO = { model: "Seedance 2.0", taskName: "v", type: "img_txt", prompt: "a kitten", durationSeconds: 6 };
/** Submissions of the quiet tenant in one round, at once. */
const AT_ONCE = 5;
/** For eleven rounds on a busy machine. */
const LONG_MS = 60_000;

beforeEach(() => masterKeyHealth.reset());
afterEach(() => masterKeyHealth.reset());

/** Each round, every noisy tenant submits, and then the quiet one. @returns the statuses that the quiet one got */
async function disturb(
  noisy: readonly { readonly tenant: TestTenant; readonly body: object }[],
  quiet: TestTenant,
  rounds: number,
): Promise<number[]> {
  const statuses: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const { tenant, body } of noisy) await submit(tenant, body);
    const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => submit(quiet, quietBody())));
    statuses.push(...answers.map(({ status }) => status));
  }
  return statuses;
}

const allAccepted = (rounds: number) => Array(rounds * AT_ONCE).fill(200);

/** The master keys as /metrics and the overview show them to the operator. */
async function keysInTrouble(): Promise<string[]> {
  const metrics = await call("GET", "/metrics", { headers: OPERATOR });
  const overview = await operate<{ masterKeys: { id: string; ok: boolean }[] }>("GET", "/overview");
  const shown = [...metrics.text.matchAll(/paddock_master_key_usable\{master_key="(\w+)"\} 0/g)].map(
    ([, id]) => id ?? "",
  );
  expect(overview.data.masterKeys.filter(({ ok }) => !ok).map(({ id }) => id)).toEqual(shown);
  return shown;
}

/** Tasks that fail are soon at rest, so that a round costs little. */
const quietBody = () => ({ ...IMAGE, prompt: `${uniqueTag("quiet")} [[sim: fail]]` });

describe("while one tenant's submissions are refused under every master key", () => {
  it.each([
    ["http:403", 11],
    ["code:60001", 11],
    ["http:401", 2],
    ["code:20002", 2],
    ["code:20008", 2],
    ["code:20001", 2],
  ])(
    "with %s, every submission of another is accepted, over %i rounds",
    async (fault, rounds) => {
      const [noisy, quiet] = [await createTenant(), await createTenant()];
      const { tag, body } = plannedRequest("");
      const id = await strike("generate", fault, { prompt: tag });
      expect(await disturb([{ tenant: noisy, body }], quiet, rounds)).toEqual(allAccepted(rounds));
      await submit(noisy, body);
      // Only 20001 and 20008 are about the key itself.
      if (!fault.startsWith("code:2000") || fault === "code:20002") expect(await keysInTrouble()).toEqual([]);
      await clearFault(id);
      await expectBooksInOrder(quiet.tenantId);
    },
    LONG_MS,
  );

  it(
    "without the upstream's envelope, its own tasks are kept",
    async () => {
      const tenant = await createTenant();
      const { tag, body } = plannedRequest("");
      const id = await strike("generate", "http:403", { prompt: tag });
      const { status, data } = await submit(tenant, body);
      expect(status).toBe(200);
      await expect.poll(async () => (await upstreamRequests(tag)).length, { timeout: 8_000 }).toBeGreaterThan(1);
      expect(new Set((await upstreamRequests(tag)).map(({ key }) => key))).toEqual(new Set(["sh-test-one"]));
      await clearFault(id);
      await expect
        .poll(
          async () => (await call("GET", `/api/v1/query/${data.taskId}`, { headers: tenant.auth })).data.taskStatus,
          {
            timeout: 20_000,
          },
        )
        .toBe(2);
    },
    LONG_MS,
  );

  it(
    "with 60001, its own cheaper submissions are accepted",
    async () => {
      const tenant = await createTenant();
      const cheap = { ...IMAGE, size: "1K", quality: 61, prompt: uniqueTag("cheap") };
      const dear = { ...IMAGE, size: "4K", quality: 61 };
      for (const [body, credits] of [
        [cheap, 2],
        [dear, 900],
      ] as const) {
        const taught = plannedRequest(`price=${credits}`, body);
        expect((await submit(tenant, taught.body)).data.estimatedCredits).toBe(credits);
      }
      const { tag, body } = plannedRequest("", dear);
      const id = await strike("generate", "code:60001", { prompt: tag });
      expect(await submit(tenant, body)).toMatchObject({ status: 503, code: 10001 });
      expect(await submit(tenant, cheap)).toMatchObject({ status: 200 });
      await clearFault(id);
    },
    LONG_MS,
  );
});

describe("while the expensive submissions of two tenants are refused with 60001", () => {
  it(
    "every cheaper submission of a third is accepted",
    async () => {
      const tenants = [await createTenant(), await createTenant(), await createTenant()] as const;
      const taught = plannedRequest("price=700", VIDEO);
      await Promise.all(tenants.slice(0, 2).map((tenant) => submit(tenant, taught.body)));
      const { tag, body } = plannedRequest("", VIDEO);
      const id = await strike("generate", "code:60001", { prompt: tag });
      const noisy = tenants.slice(0, 2).map((tenant) => ({ tenant, body }));
      expect(await disturb(noisy, tenants[2], 3)).toEqual(allAccepted(3));
      await Promise.all(noisy.map((one) => submit(one.tenant, one.body)));
      expect(await keysInTrouble()).toHaveLength(2);
      expect((await submit(tenants[2], quietBody())).status).toBe(200);
      expect(await keysInTrouble()).toHaveLength(1);
      await clearFault(id);
    },
    LONG_MS,
  );
});
