/** The doctor's checks that write: one tenant of its own, a short-lived key, a small upload that is read back and deleted. */
import { createHash } from "node:crypto";
import { pngImage } from "../../simulator/media/png-image.ts";
import { GatewayClient } from "../gateway-client.ts";
import { type Check, failed, type Outcome, ok, reasonOf, skipped, warning } from "./check.ts";
import { isLocal } from "./live.ts";
import { look } from "./look.ts";

/** Name of the tenant that the doctor makes once and finds again. */
const DOCTOR_TENANT = "Paddock doctor";
const KEY_LIFETIME_MS = 10 * 60_000;

interface Upload {
  readonly fileId: string;
  readonly url: string;
}

/** What the probe asks for besides the gateway. */
export interface ProbeOptions {
  /** Origin that URLs of files should have; null: the gateway's own. */
  readonly publicBaseUrl: string | null;
  /** Receiver of a `webhook.test`; null: not tested. */
  readonly webhookUrl: string | null;
}

/** Returns the checks, in their order; the last one takes the key away again. */
export function probeChecks(url: string, operator: GatewayClient | null, options: ProbeOptions): Check[] {
  let tenant: { readonly client: GatewayClient; readonly keyPath: string } | null = null;
  let image: Buffer<ArrayBuffer> = Buffer.alloc(0);
  let upload: Upload | null = null;
  const withTenant = (run: (client: GatewayClient) => Promise<Outcome>) => () =>
    tenant === null ? skipped("needs a tenant of the doctor's own") : run(tenant.client);
  const withUpload = (run: (file: Upload, client: GatewayClient) => Promise<Outcome>) =>
    withTenant(async (client) => (upload === null ? skipped("needs the upload") : run(upload, client)));

  return [
    {
      name: "tenant and key",
      run: async () => {
        if (operator === null) return skipped("needs the operator's token");
        const tenantId = await doctorTenant(operator);
        const { keyId, key } = await operator.call<{ keyId: string; key: string }>(
          "POST",
          `/admin/v1/tenants/${tenantId}/keys`,
          { name: "doctor", expiresAt: new Date(Date.now() + KEY_LIFETIME_MS).toISOString() },
        );
        tenant = { client: new GatewayClient(url, key), keyPath: `/admin/v1/tenants/${tenantId}/keys/${keyId}` };
        return ok(tenantId);
      },
    },
    { name: "estimate", run: withTenant(estimate) },
    {
      name: "upload",
      run: withTenant(async (client) => {
        image = Buffer.concat((await pngImage(`doctor ${Date.now()}`, 16, 16)).filter(Buffer.isBuffer));
        upload = await client.upload(image);
        return ok(`${image.byteLength} bytes`);
      }),
    },
    { name: "address of the upload", run: withUpload(async (file) => address(file, url, options.publicBaseUrl)) },
    { name: "reading it back", run: withUpload((file) => readBack(file, image)) },
    { name: "reading a range", run: withUpload((file) => readRange(file, image)) },
    { name: "second read", run: withUpload(secondRead) },
    {
      name: "deleting it",
      run: withUpload(async ({ fileId, url: at }, client) => {
        await client.call("DELETE", `/api/v1/files/${fileId}`);
        const { status } = await look(`${at}?after=deletion`);
        if (status === 404 || status === 410) return ok(`responds ${status}`);
        return failed(`still responds ${status}`, "remove the cache rule in front of /uploads/ (docs/operations.md)");
      }),
    },
    { name: "webhook test", run: withTenant((client) => webhook(client, options.webhookUrl)) },
    {
      name: "taking the key away",
      run: async () => {
        if (tenant === null || operator === null) return skipped("needs a tenant of the doctor's own");
        await operator.call("DELETE", tenant.keyPath);
        return ok("revoked");
      },
    },
  ];
}

async function doctorTenant(operator: GatewayClient): Promise<string> {
  const path = `/admin/v1/tenants?q=${encodeURIComponent(DOCTOR_TENANT)}`;
  const { tenants } = await operator.call<{ tenants: { tenantId: string; name: string }[] }>("GET", path);
  const known = tenants.find(({ name }) => name === DOCTOR_TENANT);
  if (known) return known.tenantId;
  return (await operator.call<{ tenantId: string }>("POST", "/admin/v1/tenants", { name: DOCTOR_TENANT })).tenantId;
}

async function estimate(client: GatewayClient): Promise<Outcome> {
  const body = { model: "Imagen Nano Banana 2", taskName: "doctor", type: "txt", prompt: "a grey kitten" };
  const { estimatedCredits } = await client.call<{ estimatedCredits: number }>("POST", "/api/v1/task/estimate", body);
  if (Number.isInteger(estimatedCredits)) return ok(`${estimatedCredits} credits for an image`);
  return failed("has no price", "set DEFAULT_HOLD_CREDITS, or prices for all tenants in the console");
}

function address({ url: at }: Upload, gateway: string, publicBaseUrl: string | null): Outcome {
  const { origin } = new URL(at);
  const expected = new URL(isLocal(gateway) ? gateway : (publicBaseUrl ?? gateway)).origin;
  if (origin === expected) return ok(origin);
  return failed(`${origin} instead of ${expected}`, "set PUBLIC_BASE_URL in wrangler.toml, then npm run deploy");
}

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

async function readBack({ url: at }: Upload, image: Buffer): Promise<Outcome> {
  let response: Response;
  try {
    response = await look(at);
  } catch (error) {
    return failed(
      `${new URL(at).host} cannot be reached: ${reasonOf(error)}`,
      "the host of PUBLIC_BASE_URL must lead to this Worker",
    );
  }
  const bytes = Buffer.from(await response.arrayBuffer());
  if (response.status !== 200)
    return failed(`responds ${response.status}`, "the host of PUBLIC_BASE_URL must lead to this Worker");
  if (sha256(bytes) !== sha256(image))
    return failed("other bytes than were uploaded", "switch off what rewrites images in this zone (Polish)");
  return ok("the same bytes");
}

async function readRange({ url: at }: Upload, image: Buffer): Promise<Outcome> {
  const response = await look(at, { headers: { range: "bytes=8-15" } });
  const bytes = Buffer.from(await response.arrayBuffer());
  if (response.status === 206 && bytes.equals(image.subarray(8, 16))) return ok("206 with the bytes asked for");
  return failed(
    `responds ${response.status} with ${bytes.byteLength} bytes`,
    "look for a proxy in front that drops Range; players need it",
  );
}

async function secondRead({ url: at }: Upload): Promise<Outcome> {
  const { headers } = await look(at);
  const cache = headers.get("cf-cache-status");
  if (cache === null) return ok("no cache in front");
  return /^(HIT|REVALIDATED)$/.test(cache)
    ? warning(`served by a cache (${cache})`, "uploads are private: exempt /uploads/ from cache rules")
    : ok(cache);
}

async function webhook(client: GatewayClient, receiver: string | null): Promise<Outcome> {
  if (receiver === null) return skipped("name a receiver with --webhook-url URL");
  await client.call("PUT", "/api/v1/webhook", { url: receiver });
  const { delivered, status } = await client.call<{ delivered: boolean; status: number | null }>(
    "POST",
    "/api/v1/webhook/test",
  );
  await client.call("DELETE", "/api/v1/webhook");
  if (delivered) return ok(`delivered (${status})`);
  return failed(
    `not delivered (${status ?? "no response"})`,
    "the receiver must be public, https, and respond 2xx to a POST",
  );
}
