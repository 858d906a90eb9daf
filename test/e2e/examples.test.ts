import { execFile, spawnSync } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { REPOSITORY } from "../../scripts/gateway-process.ts";
import { REQUIRED_SETTINGS, World } from "../support/node/world.ts";

const run = promisify(execFile);

describe("the examples", () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start({}, { speed: 4 });
  });
  afterAll(async () => {
    await world?.stop();
  });

  it("take an operator through a customer's life with curl alone", async () => {
    const { stdout, stderr } = await run("sh", [join(REPOSITORY, "examples/operator.sh")], {
      env: { ...process.env, PADDOCK_URL: world.gateway.url, ADMIN_TOKEN: REQUIRED_SETTINGS.ADMIN_TOKEN },
    });
    expect(stderr).toBe("");
    expect(stdout).toContain("it cost 12 credits");
    expect(stdout.match(/,credit,1000,/g)).toHaveLength(1);
    expect(stdout).toMatch(/,capture,0,988,/);
    expect(stdout).toMatch(/key_[0-9a-f]{16},backend,1,12,1,0,0,0/);
    expect(stdout).toContain("  suspended\n");
    expect(stdout).toContain("  credits.add\n");
    expect(stdout.trimEnd().endsWith("Done.")).toBe(true);
  });

  it.skipIf(spawnSync("python3", ["--version"]).status !== 0)(
    "use the OpenAI-compatible surface with Python's standard library",
    async () => {
      const { key } = await world.newTenant({ name: "python" });
      const { stdout } = await run("python3", [join(REPOSITORY, "examples/python/openai_style.py")], {
        env: { ...process.env, PADDOCK_URL: world.gateway.url, PADDOCK_KEY: key, POLL_SECONDS: "0.2" },
      });
      expect(stdout).toContain("models: nano-banana-2, seedance-2.0\n");
      expect(stdout).toMatch(/^image: \d{3,} bytes$/m);
      expect(stdout).toMatch(/^edit: http.*\/0\.png$/m);
      expect(stdout).toMatch(/^video: completed \d{3,} bytes$/m);
      expect(stdout).toMatch(/^refused: n n: must be an integer from 1 to 4$/m);
    },
  );
});
