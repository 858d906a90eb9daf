import { parseArgs } from "node:util";
import { parsePlan } from "./plan.ts";
import type { AccountInput, SimulatorOptions } from "./settings.ts";

/** The help text of `node simulator/main.ts`. */
export const USAGE = `node simulator/main.ts [options]
  --port N                    default 8790; 0: any free port
  --host ADDRESS              default 127.0.0.1
  --key KEY[,KEY…][:CREDITS]  an account and its master keys (repeatable); default sh-simulator:1000000
  --speed X                   how many times faster than usual tasks are done
  --url-ttl SECONDS           how long result URLs work; default 3600
  --thumbnails                give videos a thumbnail
  --fetch-references          really download references
  --plan "DIRECTIVES"         for every task, e.g. "bytes=200000000 reviewMs=500"
  --auth-status N             HTTP status of 20001, 20002, 20008; default 401
  --business-status N         HTTP status of the other errors; default 200
  --first-task-id N           default 9007199254740993
  --state FILE                keep accounts and tasks between runs
  --seed N                    of the faults that strike with a probability`;

const USUAL_PORT = 8790;
const USUAL_CREDITS = 1_000_000;

/**
 * Reads the command line.
 * @throws TypeError for an unknown option or a value that does not fit
 */
export function readArguments(args: readonly string[]): SimulatorOptions | "help" {
  const text = { type: "string" } as const;
  const flag = { type: "boolean" } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: flag,
      port: text,
      host: text,
      key: { type: "string", multiple: true },
      speed: text,
      "url-ttl": text,
      thumbnails: flag,
      "fetch-references": flag,
      plan: text,
      "auth-status": text,
      "business-status": text,
      "first-task-id": text,
      state: text,
      seed: text,
    },
  });
  if (values.help === true) return "help";
  return {
    port: number("port", values.port) ?? USUAL_PORT,
    thumbnails: values.thumbnails ?? false,
    fetchReferences: values["fetch-references"] ?? false,
    ...(values.key === undefined ? {} : { accounts: values.key.map(accountFrom) }),
    ...(values.plan === undefined ? {} : { plan: parsePlan(values.plan) }),
    ...given("host", values.host),
    ...given("stateFile", values.state),
    ...given("firstTaskId", values["first-task-id"]),
    ...given("speed", number("speed", values.speed)),
    ...given("urlTtlSeconds", number("url-ttl", values["url-ttl"])),
    ...given("authStatus", number("auth-status", values["auth-status"])),
    ...given("businessStatus", number("business-status", values["business-status"])),
    ...given("seed", number("seed", values.seed)),
  };
}

/** `sh-a,sh-b:500`: one account, two keys, 500 credits; named after its first key. */
function accountFrom(text: string): AccountInput {
  const [, keys = "", credits] = /^([^:]+)(?::(\d+))?$/.exec(text) ?? [];
  if (keys === "") throw new TypeError(`--key ${text}: write KEY[,KEY…][:CREDITS]`);
  return { keys: keys.split(","), credits: credits === undefined ? USUAL_CREDITS : Number(credits) };
}

function number(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text === "" || !(value >= 0)) throw new TypeError(`--${name} ${text}: must be a number`);
  return value;
}

function given<Name extends keyof SimulatorOptions>(name: Name, value: SimulatorOptions[Name] | undefined) {
  return value === undefined ? {} : ({ [name]: value } as Pick<SimulatorOptions, Name>);
}
