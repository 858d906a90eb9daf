/** `npm run import`: moves a tenant into another deployment, from the file of `GET /admin/v1/tenants/{tenantId}/export`. */
import { parseArgs } from "node:util";
import { GatewayClient } from "./gateway-client.ts";
import { importTenant } from "./import/import-tenant.ts";
import { readTenantExport } from "./import/tenant-export.ts";

const USAGE = `ADMIN_TOKEN=… npm run import -- FILE --url URL
  FILE             an export of a tenant, in JSON lines
  --url URL        the gateway that gets the tenant
  --keys-file FILE where the texts of the new keys are written; default: FILE.keys
  --dry-run        read and check the export only`;

/** @throws Error with a message for the person who typed the command */
async function main(): Promise<void> {
  const text = { type: "string" } as const;
  const flag = { type: "boolean", default: false } as const;
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { help: flag, url: text, "keys-file": text, "dry-run": flag },
  });
  const [file, ...others] = positionals;
  if (values.help) return console.log(USAGE);
  if (file === undefined || others.length > 0) throw new Error(`needs one file\n${USAGE}`);
  const exported = await readTenantExport(file);
  const { tenant, balance, entries, tasks, keys, endUsers } = exported;
  console.log(
    `${tenant.tenantId} (${tenant.name}): balance ${balance} from ${entries} entries, ${tasks} tasks, ${keys.length} active keys, ${endUsers.length} end users with limits`,
  );
  if (values["dry-run"]) return;
  const { ADMIN_TOKEN } = process.env;
  if (values.url === undefined || !/^https?:\/\//.test(values.url)) throw new Error("--url must begin with https://");
  if (!ADMIN_TOKEN) throw new Error("ADMIN_TOKEN must be set to a token of the gateway that gets the tenant");
  const keysFile = values["keys-file"] ?? `${file}.keys`;
  const result = await importTenant(new GatewayClient(values.url.replace(/\/+$/, ""), ADMIN_TOKEN), exported, keysFile);
  console.log(`Imported as ${result.tenantId} with balance ${result.balance}.`);
  if (result.keysCreated > 0)
    console.log(`${result.keysCreated} new keys: ${keysFile}. Give them to the tenant, then delete the file.`);
  if (result.keysFound > 0)
    console.log(
      `${result.keysFound} keys were there from an earlier import. Rotate a key whose text is not in the file of that run.`,
    );
  console.log(
    "Not moved: ledger and task history, files and their URLs, the webhook endpoint, client tokens, portal links.",
  );
}

await main().catch((error: unknown) => {
  console.error(`npm run import: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
});
