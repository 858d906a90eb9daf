/** Which calls of the upstream an object makes itself, and which it hands to the Courier. */
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { readConfig } from "../../src/config.ts";
import { directCourier } from "../../src/courier/direct-courier.ts";
import type { CourierPort } from "../../src/courier/port.ts";
import { IMAGE } from "../support/gateway.ts";
import { clearFault, strike, uniqueTag, upstreamRequests } from "../support/upstream.ts";

const FAR = { kind: "refused", code: 1, msg: "by the Courier" } as const;

async function nearCourier() {
  const read = await readConfig(env as unknown as Bindings);
  if (!read.ok) throw new Error(read.problem);
  const handed: string[] = [];
  const far = {
    submit: async (_key: string, idempotencyKey: string) => {
      handed.push(idempotencyKey);
      return FAR;
    },
    query: async () => ({ outcome: { kind: "missing" }, refused: [] }),
  } as unknown as CourierPort;
  const courier = directCourier(far, read.config);
  const [first] = read.config.masterKeys;
  const submit = (name: string, tag: string, limitMs = 5_000) =>
    courier.submit(first?.id ?? "", name, JSON.stringify({ ...IMAGE, prompt: `${tag} [[sim: never]]` }), limitMs);
  return { courier, submit, handed };
}

it("a call is the object's own while fewer than four are under way, and the Courier's from then on", async () => {
  const { courier, submit, handed } = await nearCourier();
  const tag = uniqueTag("near");
  const id = await strike("generate", "hang-headers", { prompt: tag });
  const hanging = ["1", "2", "3", "4"].map((name) => submit(`${tag}-${name}`, tag, 600));
  expect(await submit(`${tag}-5`, tag)).toBe(FAR);
  const names = { upstreamId: "1", upstreamNo: null, taskId: 1 };
  expect(await courier.query(null, ["any"], names, 1_000)).toEqual({ outcome: { kind: "missing" }, refused: [] });
  expect(handed).toEqual([`${tag}-5`]);
  // Calls that were given up make room again.
  for (const outcome of await Promise.all(hanging)) {
    expect(outcome).toMatchObject({ kind: "unknown", detail: "no response in time", busy: true });
  }
  await clearFault(id);
  expect(await submit(`${tag}-6`, tag)).toMatchObject({ kind: "accepted" });
  expect(handed).toHaveLength(1);
  const sent = await upstreamRequests(tag);
  expect(sent.map(({ idempotencyKey }) => idempotencyKey).toSorted()).toEqual(
    ["1", "2", "3", "4", "6"].map((name) => `${tag}-${name}`),
  );
});

it("a call that fails makes room again", async () => {
  const { submit, handed } = await nearCourier();
  const tag = uniqueTag("near");
  const id = await strike("generate", "drop", { prompt: tag });
  for (const name of ["1", "2", "3", "4", "5", "6"]) {
    expect(await submit(`${tag}-${name}`, tag)).toMatchObject({ kind: "unknown", detail: "connection failed" });
  }
  expect(handed).toEqual([]);
  await clearFault(id);
});
