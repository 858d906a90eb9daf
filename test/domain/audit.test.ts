import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AuditedChange, auditEntry } from "../../src/domain/audit.ts";

const entryOf = (change: Omit<AuditedChange, "action">) => {
  const { before, after } = auditEntry(
    { kind: "portal", requestId: "r" },
    { action: "x", ...change },
    { id: "1", at: 2 },
  );
  const parse = (text: string | null) => (text === null ? null : (JSON.parse(text) as unknown));
  return { before: parse(before), after: parse(after) };
};

describe("an audit entry", () => {
  it("keeps only the fields that changed, and the name", () => {
    const before = { name: "key", scopes: ["a"], models: null, limit: 5 };
    expect(entryOf({ before, after: { ...before, scopes: ["a", "b"], limit: 6 } })).toEqual({
      before: { name: "key", scopes: ["a"], limit: 5 },
      after: { name: "key", scopes: ["a", "b"], limit: 6 },
    });
  });

  it("keeps only the items of a list that changed", () => {
    expect(entryOf({ before: [{ a: 1 }, { b: 2 }], after: [{ b: 2 }, { c: 3 }] })).toEqual({
      before: [{ a: 1 }],
      after: [{ c: 3 }],
    });
  });

  it("keeps a state without the other one whole", () => {
    expect(entryOf({ after: { name: "n", models: null } })).toEqual({
      before: null,
      after: { name: "n", models: null },
    });
    expect(entryOf({})).toEqual({ before: null, after: null });
  });

  it("replaces long values by their size", () => {
    const { after } = entryOf({
      after: { name: "n", origins: Array.from({ length: 100 }, () => "https://app.example") },
    });
    expect(after).toEqual({ name: "n", origins: "(2201 bytes)" });
  });

  it("has at most 900 bytes for each state, and is valid JSON, whatever changed", () => {
    const text = fc.string({ maxLength: 400, unit: "grapheme" });
    const state = fc.oneof(fc.dictionary(text, text, { maxKeys: 30 }), fc.array(text, { maxLength: 60 }), text);
    fc.assert(
      fc.property(state, state, (before, after) => {
        const entry = auditEntry(
          { kind: "operator", requestId: "r" },
          { action: "x", before, after },
          { id: "1", at: 2 },
        );
        for (const text of [entry.before, entry.after]) {
          expect(new TextEncoder().encode(text ?? "").length).toBeLessThanOrEqual(900);
          JSON.parse(text ?? "null");
        }
      }),
      { numRuns: 50 },
    );
  });
});
