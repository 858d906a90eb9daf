/** src/generated: whole, current and without code that writes markup. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { REPOSITORY } from "../../scripts/gateway-process.ts";
import { GENERATED, type GeneratedFiles } from "../../scripts/generated.ts";
import { describeApi } from "../../scripts/openapi.ts";
import { bundlePages } from "../../scripts/pages.ts";

describe("the generated files", () => {
  let pages: GeneratedFiles;
  let api: GeneratedFiles;
  beforeAll(async () => {
    [pages, api] = await Promise.all([bundlePages(), describeApi()]);
  });

  it("are what the sources make: run `npm run pages` and `npm run openapi` after changing them", () => {
    for (const [name, text] of Object.entries({ ...pages, ...api })) {
      expect(readFileSync(join(REPOSITORY, GENERATED, name), "utf8") === text, name).toBe(true);
    }
  });

  it("have one version: the package's, the API document's and the one that the changelog names", () => {
    const read = (name: string) => readFileSync(join(REPOSITORY, name), "utf8");
    const { version } = JSON.parse(read("package.json")) as { version: string };
    const document = JSON.parse(api["openapi.json.txt"] ?? "") as { info: { version: string } };
    expect(document.info.version).toBe(version);
    expect((JSON.parse(read("package-lock.json")) as { version: string }).version).toBe(version);
    const client = JSON.parse(read("client/package.json")) as { version: string };
    expect(read("CHANGELOG.md")).toContain(`API ${version} · client ${client.version} · storage`);
  });

  it("are all that is in their folder", () => {
    const names = Object.keys({ ...pages, ...api });
    expect(readdirSync(join(REPOSITORY, GENERATED)).toSorted()).toEqual(names.toSorted());
  });

  it("write no markup and run no text as code in the browser", () => {
    for (const text of Object.values(pages)) {
      expect(text).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function/);
    }
  });
});
