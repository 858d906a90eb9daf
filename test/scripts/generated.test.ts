/** src/generated: whole, current and without code that writes markup. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { REPOSITORY } from "../../scripts/gateway-process.ts";
import { GENERATED, type GeneratedFiles, readGenerated } from "../../scripts/generated.ts";
import { describeApi } from "../../scripts/openapi.ts";
import { bundlePages } from "../../scripts/pages.ts";

describe("the generated files", () => {
  let pages: GeneratedFiles;
  let api: GeneratedFiles;
  beforeAll(async () => {
    [pages, api] = await Promise.all([bundlePages(), describeApi()]);
  });

  it("match their sources: run `npm run pages` and `npm run openapi` after changing them", () => {
    for (const [name, text] of Object.entries({ ...pages, ...api })) {
      expect(readGenerated(name) === text, name).toBe(true);
    }
  });

  it("have the version of package.json, the API document and the changelog", () => {
    const read = (name: string) => readFileSync(join(REPOSITORY, name), "utf8");
    const { version } = JSON.parse(read("package.json")) as { version: string };
    const document = JSON.parse(api["openapi.json.gz.bin"] ?? "") as { info: { version: string } };
    expect(document.info.version).toBe(version);
    expect((JSON.parse(read("package-lock.json")) as { version: string }).version).toBe(version);
    const client = JSON.parse(read("packages/client/package.json")) as { version: string };
    expect(read("CHANGELOG.md")).toContain(`API ${version} · client ${client.version} · storage`);
    const provider = JSON.parse(read("packages/ai-sdk-provider/package.json")) as { version: string };
    expect(read("CHANGELOG.md")).toContain(` · AI SDK provider ${provider.version}`);
  });

  it("are the only files of their folder", () => {
    const names = Object.keys({ ...pages, ...api });
    expect(readdirSync(join(REPOSITORY, GENERATED)).toSorted()).toEqual(names.toSorted());
  });

  it("contain no code that evaluates text in the browser", () => {
    for (const text of Object.values(pages)) expect(text).not.toMatch(/document\.write|\beval\(|new Function/);
  });

  it("are made from sources that write no markup: the library's own way to do so is not used", () => {
    const files = readdirSync(join(REPOSITORY, "pages"), { recursive: true, encoding: "utf8" });
    for (const name of files.filter((file) => /\.tsx?$/.test(file))) {
      const text = readFileSync(join(REPOSITORY, "pages", name), "utf8");
      expect(text, name).not.toMatch(/innerHTML|InnerHTML|outerHTML|insertAdjacentHTML|createPolicy/i);
    }
  });
});
