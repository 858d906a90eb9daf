import { expect, it } from "vitest";
import { neededScopes, scopesOfSettings } from "../../src/domain/operator-permissions.ts";
import { type OperatorScope, ROOT, scopesBeyond } from "../../src/domain/operator-scopes.ts";

const operator = (...scopes: OperatorScope[]) => ({ ...ROOT, id: "opr_1", isRoot: false, scopes });

it("a route without an entry is closed to everybody, root too", () => {
  for (const route of ["GET /admin/v1/new", "constructor", "GET /admin/v1/tenants/"]) {
    expect(neededScopes(ROOT, route)).toEqual([]);
    expect(neededScopes(operator("read"), route)).toEqual([]);
  }
});

it("one of the scopes of a route is enough", () => {
  expect(neededScopes(operator("billing"), "GET /admin/v1/tenants")).toBeNull();
  expect(neededScopes(operator("metrics"), "GET /admin/v1/overview")).toEqual(["read"]);
  expect(neededScopes(ROOT, "PUT /admin/v1/prices")).toBeNull();
});

it("money settings belong to billing and all others to tenants", () => {
  expect(scopesOfSettings(["markup", "billing"])).toEqual(["billing"]);
  expect(scopesOfSettings(["name", "constructor"])).toEqual(["tenants"]);
  expect(scopesOfSettings(["name", "prices"])).toEqual(["tenants", "billing"]);
  expect(scopesOfSettings([])).toEqual([]);
});

it("nobody but root gives scopes that it does not have; read includes metrics", () => {
  expect(scopesBeyond(operator("operators", "read"), ["metrics", "read", "billing"])).toEqual(["billing"]);
  expect(scopesBeyond(ROOT, ["metrics", "billing"])).toEqual([]);
});
