/** Reads the export of a tenant (docs/recovery.md), a line at a time, and checks that it is complete. */
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";

/** Newest version of the lines that this reader understands. */
const FORMAT = 1;

/** A line's fields; the gateway that imports them checks them. */
export type Fields = Readonly<Record<string, unknown>>;

/** What an import takes over; entries and tasks are counted and checked only. */
export interface TenantExport {
  readonly exportedAt: string;
  readonly tenant: Fields & { readonly tenantId: string; readonly name: string; readonly runningTasks: number };
  /** Keys that worked at the time of the export. */
  readonly keys: readonly (Fields & { readonly keyId: string; readonly name: string })[];
  /** End users with limits or a block. */
  readonly endUsers: readonly (Fields & { readonly endUser: string })[];
  /** Exact sum of the ledger's entries. */
  readonly balance: number;
  readonly entries: number;
  readonly tasks: number;
}

/** @throws Error naming the line for anything but one whole export with a right sum */
export async function readTenantExport(path: string): Promise<TenantExport> {
  const reader = new ExportReader();
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY });
  for await (const text of lines) reader.add(text);
  return reader.finish();
}

/** Collects lines in the order of an export: tenant, keys, end users, entries, tasks, end. */
class ExportReader {
  readonly #keys: (Fields & { readonly keyId: string; readonly name: string })[] = [];
  readonly #endUsers: (Fields & { readonly endUser: string })[] = [];
  readonly #count = { keys: 0, endUsers: 0, entries: 0, tasks: 0 };
  #head: { readonly exportedAt: string; readonly tenant: TenantExport["tenant"] } | null = null;
  #end: Fields | null = null;
  /** BigInt, because many large entries may pass 2^53 on the way to a small sum. */
  #credits = 0n;
  #line = 0;

  add(text: string): void {
    this.#line += 1;
    if (text === "") return;
    const fields = this.#parse(text);
    if (this.#end) throw this.#error("follows the end line");
    if (!this.#head && fields.type !== "tenant") throw this.#error("comes before the tenant line");
    switch (fields.type) {
      case "tenant":
        this.#begin(fields);
        break;
      case "key":
        this.#addKey(fields);
        break;
      case "endUser":
        this.#addEndUser(fields);
        break;
      case "entry":
        this.#addEntry(fields);
        break;
      case "task":
        this.#count.tasks += 1;
        break;
      case "end":
        this.#end = fields;
        break;
      default:
        throw this.#error(`has the unknown type ${JSON.stringify(fields.type)}`);
    }
  }

  finish(): TenantExport {
    if (!this.#head) throw new Error("the file has no tenant line; it is not an export of a tenant");
    if (!this.#end) throw new Error("the file has no end line: the export is incomplete, export the tenant again");
    for (const [name, counted] of Object.entries(this.#count)) {
      // Exports before end users were part of them have no such count.
      const stated = this.#end[name] ?? 0;
      if (stated !== counted) throw new Error(`the end line states ${String(stated)} ${name}, the file has ${counted}`);
    }
    const { credits, balance } = this.#end;
    if (BigInt(Number(credits)) !== this.#credits || credits !== balance) {
      throw new Error(
        `the entries' sum is ${this.#credits}, the end line states credits ${credits}, balance ${balance}`,
      );
    }
    const { entries, tasks } = this.#count;
    return {
      ...this.#head,
      keys: this.#keys,
      endUsers: this.#endUsers,
      balance: Number(balance),
      entries,
      tasks,
    };
  }

  #begin({ format, exportedAt, tenant }: Fields): void {
    if (this.#head) throw this.#error("is a second tenant line");
    if (typeof format !== "number" || format > FORMAT) {
      throw this.#error(`has format ${String(format)}; this release reads up to ${FORMAT}`);
    }
    const view = tenant as TenantExport["tenant"];
    if (typeof view?.tenantId !== "string" || typeof view.name !== "string" || typeof exportedAt !== "string") {
      throw this.#error("lacks tenant or exportedAt");
    }
    this.#head = { exportedAt, tenant: view };
  }

  #addKey(key: Fields): void {
    this.#count.keys += 1;
    if (typeof key.keyId !== "string" || typeof key.name !== "string") throw this.#error("is a key without keyId");
    if (key.status === "active") this.#keys.push({ ...key, keyId: key.keyId, name: key.name });
  }

  #addEndUser(endUser: Fields): void {
    this.#count.endUsers += 1;
    if (typeof endUser.endUser !== "string") throw this.#error("is an end user without endUser");
    this.#endUsers.push({ ...endUser, endUser: endUser.endUser });
  }

  #addEntry({ credits }: Fields): void {
    this.#count.entries += 1;
    if (!Number.isSafeInteger(credits)) throw this.#error("is an entry without whole credits");
    this.#credits += BigInt(credits as number);
  }

  #parse(text: string): Fields {
    try {
      const value: unknown = JSON.parse(text);
      if (typeof value === "object" && value !== null) return value as Fields;
    } catch {
      // The error below names the line.
    }
    throw this.#error("is not a JSON object");
  }

  #error(problem: string): Error {
    return new Error(`line ${this.#line} ${problem}`);
  }
}
