import { createConfig, lintFromString } from "@redocly/openapi-core";
import { Validator } from "@seriousme/openapi-schema-validator";
import { describe, expect, it } from "vitest";
import { readGenerated } from "../../scripts/generated.ts";

describe.each(["openapi", "openapi-tenant"])("the API document /%s.json", (name) => {
  const text = readGenerated(`${name}.json.gz.bin`) ?? "";
  const document = JSON.parse(text) as {
    info: { license: object };
    servers: { url: string; variables: object }[];
    paths: Record<string, Record<string, { security?: object[]; operationId: string; responses: object }>>;
  };

  it("has no finding of redocly's recommended rules", async () => {
    const config = await createConfig({ extends: ["recommended"] });
    const problems = await lintFromString({ source: text, config });
    expect(problems.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer])).toEqual([]);
  });

  it("is valid against the schema of OpenAPI 3.1", async () => {
    expect(await new Validator().validate(document)).toMatchObject({ valid: true });
  });

  it("names each status as a number, because generators such as oazapfts cannot read a range", () => {
    const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
    const statuses = operations.flatMap(({ responses }) => Object.keys(responses));
    expect(statuses.filter((status) => !/^[1-5]\d\d$/.test(status))).toEqual([]);
  });

  it("has a licence, a server variable, and an empty list of credentials where none is needed", () => {
    expect(document.info.license).toEqual({ name: "MIT", identifier: "MIT" });
    const variables = { gateway: { default: "https://gateway.example" } };
    expect(document.servers).toEqual([{ url: "{gateway}", description: expect.any(String), variables }]);
    const open = Object.values(document.paths)
      .flatMap((path) => Object.values(path))
      .filter(({ security }) => security?.length === 0);
    expect(open.map(({ operationId }) => operationId)).toEqual([
      "getResultFile",
      "uploadPart",
      "completeUpload",
      "health",
      "openapi",
      "openapiTenant",
    ]);
  });
});
