/** Bodies that are too large, or that nobody wants, over real connections: the response always arrives. */
import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { World } from "../support/node/world.ts";

const MIB = 1024 * 1024;
const TIMES = 15;

let world: World;
let key: string;

beforeAll(async () => {
  world = await World.start();
  ({ key } = await world.newTenant());
});
afterAll(() => world.stop());

interface Sent {
  readonly status: number;
  readonly code: number;
}

/** Sends a body of this size as fast as the socket takes it. */
function send(path: string, bytes: number, options: { chunked?: boolean; expect?: boolean; authorization?: string }) {
  const { chunked = false, authorization = `Bearer ${key}` } = options;
  const headers: Record<string, string> = { authorization, "content-type": "application/json" };
  if (!chunked) headers["content-length"] = String(bytes);
  if (options.expect) headers.expect = "100-continue";
  return new Promise<Sent>((resolve, reject) => {
    const sending = httpRequest(world.gateway.url + path, { method: "POST", headers }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => {
        text += part;
      });
      response.on("error", reject);
      response.on("end", () => resolve({ status: response.statusCode ?? 0, code: JSON.parse(text).code }));
    });
    sending.on("error", reject);
    const write = () => {
      const piece = Buffer.alloc(64 * 1024, " ");
      for (let left = bytes; left > 0; left -= piece.length)
        sending.write(piece.subarray(0, Math.min(left, piece.length)));
      sending.end();
    };
    if (options.expect) {
      // Like curl: waits a moment for permission, then sends all the same.
      const timer = setTimeout(write, 500);
      sending.on("continue", () => {
        clearTimeout(timer);
        write();
      });
      sending.on("response", () => clearTimeout(timer));
      sending.flushHeaders();
    } else write();
  });
}

async function sendMany(path: string, bytes: number, options: Parameters<typeof send>[2], times = TIMES) {
  const outcomes = [];
  for (let time = 0; time < times; time += 1) {
    outcomes.push(
      await send(path, bytes, options).catch((error: Error) => ({ status: 0, code: 0, error: String(error) })),
    );
  }
  return outcomes;
}

const GENERATE = "/api/v1/task/generate";

describe("a JSON body that is too large is answered 413", () => {
  it.each([
    ["of 300 KiB", 300 * 1024, {}],
    ["of 3 MiB", 3 * MIB, {}],
    ["of 6 MiB", 6 * MIB, {}],
    ["of 6 MiB in chunks", 6 * MIB, { chunked: true }],
    ["of 3 MiB after Expect: 100-continue", 3 * MIB, { expect: true }],
  ])("%s", async (_name, bytes, options) => {
    for (const outcome of await sendMany(GENERATE, bytes, options))
      expect(outcome).toEqual({ status: 413, code: 70006 });
  });

  it("of 40 MiB", async () => {
    for (const outcome of await sendMany(GENERATE, 40 * MIB, {}, 3))
      expect(outcome).toEqual({ status: 413, code: 70006 });
  });
});

describe("a body that no handler reads is followed by the response", () => {
  it.each([
    ["without a valid key", GENERATE, { authorization: "Bearer pdk_wrong" }, { status: 401, code: 20008 }],
    ["at an unknown address", "/api/v1/nothing", {}, { status: 404, code: 40002 }],
    ["without the operator's token", "/admin/v1/tenants", { authorization: "Bearer no" }, { status: 401, code: 20008 }],
    ["for a call that takes none", "/api/v1/webhook/rotate", {}, { status: 413, code: 70006 }],
  ])("%s", async (_name, path, options, expected) => {
    for (const outcome of await sendMany(path, 5 * MIB, options, 5)) expect(outcome).toEqual(expected);
    for (const outcome of await sendMany(path, 5 * MIB, { ...options, chunked: true }, 5))
      expect(outcome).toEqual(expected);
  });
});

it("a connection that was answered 413 takes the next request", async () => {
  const { port } = new URL(world.gateway.url);
  const body = " ".repeat(MIB);
  const head = (path: string, method: string, more: string) =>
    `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${key}\r\n${more}\r\n`;
  const received = await new Promise<string>((resolve, reject) => {
    let text = "";
    const socket = connect(Number(port), "127.0.0.1", () => {
      socket.write(
        head(GENERATE, "POST", `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n`) + body,
      );
    });
    let asked = false;
    socket.on("data", (part) => {
      text += part.toString("latin1");
      if (!asked && text.includes("70006")) {
        asked = true;
        socket.write(head("/healthz", "GET", ""));
      }
      if (text.includes('{"status":"ok"}')) socket.end();
    });
    socket.on("error", reject);
    socket.on("close", () => resolve(text));
  });
  expect(received).toMatch(/^HTTP\/1\.1 413[\s\S]*HTTP\/1\.1 200/);
});
