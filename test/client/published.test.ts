import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compileClient, compileProvider } from "../../scripts/build-client.ts";
import { REPOSITORY } from "../../scripts/gateway-process.ts";

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string }[];
}

/** Most bytes of each package, compressed and unpacked. A larger one needs a reason. */
const PACKAGES = [
  { folder: "client", name: "paddock-client", bytes: 80_000, unpackedBytes: 400_000 },
  { folder: "ai-sdk-provider", name: "paddock-ai-sdk-provider", bytes: 40_000, unpackedBytes: 200_000 },
];

describe.each(PACKAGES)("the package $name", ({ folder, bytes, unpackedBytes }) => {
  let work: string;
  let root: string;
  let packed: Packed;
  beforeAll(async () => {
    work = await mkdtemp(join(tmpdir(), "paddock-packed-"));
    root = join(work, folder);
    mkdirSync(root);
    for (const file of ["package.json", "README.md", "LICENSE"]) {
      await cp(join(REPOSITORY, "packages", folder, file), join(root, file));
    }
    const client = folder === "client" ? join(root, "dist") : join(work, "paddock-client");
    compileClient(client);
    if (folder !== "client") compileProvider(join(root, "dist"), client);
    const output = execFileSync("npm", ["pack", "--json", "--ignore-scripts"], { cwd: root, encoding: "utf8" });
    const parsed = JSON.parse(output) as Packed[] | Record<string, Packed>;
    [packed] = Object.values(parsed) as [Packed];
  });
  afterAll(() => rm(work, { recursive: true, force: true }));

  it("has licence, README, types and source maps, and nothing of the repository", () => {
    const files = packed.files.map(({ path }) => path);
    expect(files).toEqual(expect.arrayContaining(["LICENSE", "README.md", "dist/index.d.ts", "dist/index.js.map"]));
    expect(
      files.filter((path) => !/^(?:LICENSE|README\.md|package\.json|dist\/[a-z-]+\.(?:js|js\.map|d\.ts))$/.test(path)),
    ).toEqual([]);
    const map = JSON.parse(readFileSync(join(root, "dist/index.js.map"), "utf8")) as { sourcesContent: string[] };
    expect(map.sourcesContent[0]).toContain("export");
  });

  it("is published with provenance, under its licence", () => {
    const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    expect(manifest).toMatchObject({ license: "MIT", publishConfig: { access: "public", provenance: true } });
    const workflow = readFileSync(join(REPOSITORY, ".github/workflows/publish.yml"), "utf8");
    expect(workflow).toMatch(/id-token: write/);
    expect(workflow).toContain(`package: [${PACKAGES.map((one) => one.folder).join(", ")}]`);
  });

  it("stays within its size", () => {
    expect(packed.size).toBeLessThan(bytes);
    expect(packed.unpackedSize).toBeLessThan(unpackedBytes);
  });

  it("has no finding of publint", async () => {
    expect((await publint({ pkgDir: root, pack: false })).messages).toEqual([]);
  });

  it("has types that resolve as ES modules", async () => {
    const tarball = new Uint8Array(readFileSync(join(root, packed.filename)));
    const { problems = [] } = (await checkPackage(createPackageFromTarballData(tarball))) as {
      problems?: readonly { readonly kind: string; readonly resolutionKind?: string }[];
    };
    // The packages are ES modules only: CommonJS loads them with import(), or with require() from Node 22 on.
    const known = ({ kind, resolutionKind }: (typeof problems)[number]) =>
      kind === "CJSResolvesToESM" || resolutionKind === "node10";
    expect(problems.filter((problem) => !known(problem))).toEqual([]);
  });
});
