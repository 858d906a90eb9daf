import { readdir } from "node:fs/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { DOCUMENTED_REQUESTS } from "../../scripts/documented-requests.ts";
import { Command } from "../support/node/command.ts";
import { removeFolder, temporaryFolder } from "../support/node/temporary-folder.ts";

/** Runs `npm run demo` with a temporary folder of its own, so that what it leaves behind can be seen. */
async function demo(...args: string[]): Promise<{ command: Command; folder: string }> {
  const folder = await temporaryFolder();
  onTestFinished(() => removeFolder(folder));
  return { command: new Command("npm", ["run", "demo", "--", ...args], { TMPDIR: folder }), folder };
}

describe("npm run demo", () => {
  it("proves every documented kind of generation, exits 0 and leaves nothing behind", async () => {
    const { command, folder } = await demo();
    expect(await command.exitCode(), command.output).toBe(0);
    for (const { title } of DOCUMENTED_REQUESTS) {
      const row = command.output.split("\n").find((line) => line.includes(title) && line.includes("/files/"));
      expect(row, title).toMatch(/^\s*\d+ {2}.* {2}\d+\.\d {2}.*B {2}http:\/\/127\.0\.0\.1:\d+\/files\/\S+ {2}✓$/);
    }
    expect(command.output).toContain("7 of 7 files are byte for byte what the upstream made");
    expect((await readdir(folder)).filter((name) => name.startsWith("paddock-"))).toEqual([]);
  });

  it("exits 1 and names the file when the upstream's file arrives corrupt", async () => {
    const { command } = await demo("--simulator-plan", "file=corrupt");
    expect(await command.exitCode()).toBe(1);
    expect(command.output).toMatch(
      /^The demo failed: Text-to-Image \(txt\): http:\S+ .*(SHA-256|HTTP \d+|broke off).*$/m,
    );
    expect(command.output).toContain("copy-failed");
    expect(command.output).not.toContain("✓\n");
  });

  it("ends the gateway and removes its folder when it is interrupted", async () => {
    const { command, folder } = await demo();
    const [, url = ""] = await command.untilItSays(/gateway {3}(http:\S+)[\s\S]*generating/);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    command.interrupt();
    expect(await command.exitCode()).not.toBe(0);
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
    expect((await readdir(folder)).filter((name) => name.startsWith("paddock-"))).toEqual([]);
  });
});
