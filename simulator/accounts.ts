import type { AccountInput } from "./settings.ts";

/** An account with its credits and what happened on it. Credits are whole numbers. */
export interface Account {
  readonly name: string;
  keys: string[];
  credits: number;
  /** received submissions, including rejected and repeated ones */
  submissions: number;
  /** tasks made */
  tasks: number;
  charged: number;
  refunded: number;
  queries: number;
}

/** One movement of credits. There is at most one of each kind for a task. */
export interface LedgerEntry {
  readonly at: number;
  readonly account: string;
  readonly taskId: string;
  readonly kind: "charge" | "refund";
  readonly credits: number;
}

const USUAL_ACCOUNTS: readonly AccountInput[] = [{ name: "main", keys: ["sh-simulator"], credits: 1_000_000 }];

/** The accounts and the ledger of everything charged and refunded. */
export class Accounts {
  #accounts = new Map<string, Account>();
  #byKey = new Map<string, Account>();
  #ledger: LedgerEntry[] = [];

  constructor(inputs: readonly AccountInput[] = USUAL_ACCOUNTS) {
    for (const input of inputs) this.set(input);
  }

  /** Makes an account, or changes the given parts of the one with this name. Keys left out of `keys` stop working. */
  set(input: AccountInput): Account {
    const name = input.name ?? input.keys?.[0] ?? `account-${this.#accounts.size + 1}`;
    const account = this.#accounts.get(name) ?? emptyAccount(name);
    if (input.credits !== undefined) account.credits = input.credits;
    if (input.keys !== undefined) account.keys = [...input.keys];
    this.#accounts.set(name, account);
    this.#index();
    return account;
  }

  byKey(key: string): Account | undefined {
    return this.#byKey.get(key);
  }

  byName(name: string): Account | undefined {
    return this.#accounts.get(name);
  }

  /** Takes credits for a task. The caller has checked that they are there. */
  charge(account: Account, taskId: string, credits: number, at: number): void {
    account.credits -= credits;
    account.charged += credits;
    account.tasks++;
    this.#ledger.push({ at, account: account.name, taskId, kind: "charge", credits });
  }

  /** Gives a task's credits back. The caller makes sure it happens once. */
  refund(account: Account, taskId: string, credits: number, at: number): void {
    account.credits += credits;
    account.refunded += credits;
    this.#ledger.push({ at, account: account.name, taskId, kind: "refund", credits });
  }

  list(): Account[] {
    return [...this.#accounts.values()].map((account) => ({ ...account, keys: [...account.keys] }));
  }

  ledger(): LedgerEntry[] {
    return [...this.#ledger];
  }

  /** Puts back what `list` and `ledger` gave. */
  restore(accounts: readonly Account[], ledger: readonly LedgerEntry[]): void {
    for (const account of accounts) {
      // Keys given on the command line this time hold; the credits are those of the last run.
      const keys = this.#accounts.get(account.name)?.keys ?? account.keys;
      this.#accounts.set(account.name, { ...account, keys });
    }
    this.#ledger = [...ledger];
    this.#index();
  }

  #index(): void {
    this.#byKey = new Map([...this.#accounts.values()].flatMap((one) => one.keys.map((key) => [key, one] as const)));
  }
}

function emptyAccount(name: string): Account {
  return { name, keys: [], credits: 0, submissions: 0, tasks: 0, charged: 0, refunded: 0, queries: 0 };
}
