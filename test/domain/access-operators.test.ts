import { expect, it } from "vitest";
import { operatorOfEmail, parseAccessOperators } from "../../src/domain/access-operators.ts";

it("an address has its own entry, or that of its domain", () => {
  const entries = parseAccessOperators("ann@example.com=root, @example.com=read+metrics") ?? [];
  expect(operatorOfEmail(entries, "ANN@example.com")).toMatchObject({ id: "ann@example.com", isRoot: true });
  expect(operatorOfEmail(entries, "bob@example.com")).toMatchObject({ isRoot: false, scopes: ["metrics", "read"] });
  for (const email of ["ann@example.com.evil.example", "example.com", "@example.org", "", "ann@sub.example.com"]) {
    expect(operatorOfEmail(entries, email)).toBeNull();
  }
});

it.each([
  ["two addresses", "ann@evil.example@example.com"],
  ["no name", "@example.com"],
  ["a line break", "bob\n@example.com"],
  ["a space", "bob smith@example.com"],
  ["an invisible character", "bob\u200b@example.com"],
  ["more characters than an address can have", `${"b".repeat(320)}@example.com`],
])("an address with %s is nobody's", (_, email) => {
  expect(operatorOfEmail(parseAccessOperators("@example.com=read") ?? [], email)).toBeNull();
});

it.each([
  "",
  "ann@example.com",
  "ann@example.com=",
  "ann@example.com=read+",
  "ann@example.com=read+read",
  "ann@example.com=root+read",
  "ann@example.com=owner",
  "example.com=read",
  "@=read",
  "*@example.com=read",
  "@*.example.com=read",
  "a@b.c=read,",
  "a@b.c=read,A@B.c=root",
])("%j is not a list of people", (text) => {
  expect(parseAccessOperators(text)).toBeNull();
});
