/** The lines of the README's table "Call it", as a reader copies them. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { generateImage } from "ai";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPaddock } from "../../packages/ai-sdk-provider/src/index.ts";
import { Paddock } from "../../packages/client/src/index.ts";
import { REPOSITORY } from "../../scripts/gateway-process.ts";
import { World } from "../support/node/world.ts";

const README = readFileSync(join(REPOSITORY, "README.md"), "utf8");
const execute = promisify(execFile);
const MODULES = { OpenAI, createPaddock, generateImage, Paddock };

describe("the README's lines", () => {
  let world: World;
  let key: string;
  beforeAll(async () => {
    world = await World.start({}, { speed: 20 });
    key = (await world.newTenant({ name: "reader" })).key;
  });
  afterAll(() => world.stop());

  /** @returns the code in the row of a client, with this gateway's address and a key */
  function linesFor(name: string): string[] {
    const row = README.split("\n").find((line) => line.startsWith(`| ${name} |`)) ?? "";
    const [, , cell = ""] = row.split(/ ?\| /);
    return [...cell.matchAll(/`([^`]+)`/g)].map(([, code = ""]) =>
      code.replaceAll("https://GATEWAY", world.gateway.url).replaceAll("pdk_…", key),
    );
  }

  /** Runs statements, and returns the value of the last one. */
  function run(lines: readonly string[]): Promise<unknown> {
    const names = Object.keys(MODULES);
    const code = `return (async () => {\n${lines.slice(0, -1).join("\n")}\nreturn ${lines.at(-1)}\n})()`;
    return new Function(...names, code)(...Object.values(MODULES)) as Promise<unknown>;
  }

  it("generate with the openai package", async () => {
    expect(await run(linesFor("`openai`"))).toMatchObject({ data: [{ url: expect.stringContaining("/files/") }] });
  });

  it("generate with the AI SDK", async () => {
    const lines = linesFor("the AI SDK").filter((line) => line.includes("paddock."));
    const [create = ""] = linesFor("the AI SDK");
    expect(await run([create, ...lines])).toMatchObject({ image: { mediaType: "image/png" } });
  });

  it("generate with paddock-client", async () => {
    expect(await run(linesFor("`paddock-client`"))).toMatchObject({ task: { taskStatus: 2 } });
  });

  it.each([
    ["curl", (lines: readonly string[]) => execute("sh", ["-c", `${lines[0]} --silent --fail`])],
    ["Python alone", (lines: readonly string[]) => execute("python3", ["-c", lines.join("\n")])],
  ])("generate with %s", async (name, start) => {
    expect((await start(linesFor(name))).stdout).toContain(`${world.gateway.url}/files/`);
  });

  it("connect an MCP client", async () => {
    const { url, headers } = JSON.parse(linesFor("an agent, by MCP")[0] ?? "") as {
      url: string;
      headers: Record<string, string>;
    };
    const client = new Client({ name: "reader", version: "1.0.0" });
    await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }) as never);
    expect((await client.listTools()).tools.length).toBeGreaterThan(5);
    await client.close();
  });
});
