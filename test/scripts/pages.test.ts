import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import { first as consoleTexts } from "../../pages/i18n/en/console-first.ts";
import { english } from "../../pages/i18n/en/english.ts";
import { first as portalTexts } from "../../pages/i18n/en/portal-first.ts";
import { served } from "../../pages/i18n/en/served.ts";
import { pickLocale } from "../../pages/i18n/language.ts";
import { addTexts, rich, t, translateError } from "../../pages/i18n/t.ts";
import type { Area, Text } from "../../pages/i18n/texts.ts";
import { chinese } from "../../pages/i18n/zh/chinese.ts";
import { first as chineseTexts } from "../../pages/i18n/zh/console-first.ts";
import { served as chineseServed } from "../../pages/i18n/zh/served.ts";
import { changedFields } from "../../pages/lib/audit.ts";
import { pairsOf, readNumber } from "../../pages/lib/field-values.ts";
import { formatRelative, formatSigned, lastDays, sentence } from "../../pages/lib/format.ts";
import { matchRoute, type Route } from "../../pages/lib/router.ts";
import { niceTicks } from "../../pages/lib/ticks.ts";
import { daysOf } from "../../pages/lib/usage-days.ts";
import { pickLanguage } from "../../src/domain/language.ts";

beforeAll(() => addTexts(english));

describe("numbers that people type", () => {
  it("may have the separators that the pages print; others are left for the API to refuse", () => {
    for (const [text, value] of [
      ["1,000", 1_000],
      ["12,345,678", 12_345_678],
      ["1 000", 1_000],
      ["1\u202f000", 1_000],
      ["1’000", 1_000],
      ["１，０００", 1_000],
      ["１２．５", 12.5],
      ["−1,000", -1_000],
      ["1.5", 1.5],
      ["1,000.25", 1_000.25],
      ["", null],
      ["1,00", "1,00"],
      ["1.000,5", "1.000,5"],
      ["a lot", "a lot"],
    ] as const)
      expect(readNumber(text), text).toBe(value);
  });
});

describe("the audit log", () => {
  it("has a name and a filter for each action that the gateway records", () => {
    const source = globSync("src/**/*.ts").map((file) => readFileSync(file, "utf8"));
    const actions = source.flatMap((text) =>
      [...text.matchAll(/action: "([a-z-]+\.[a-z-]+)"/g)].map(([, name]) => name),
    );
    expect(actions.length).toBeGreaterThan(15);
    const page = readFileSync("pages/console/audit.tsx", "utf8");
    for (const action of actions) {
      expect(page, action).toContain(`"${action}"`);
      expect(english.audit, action).toHaveProperty(`a_${action?.replace(/[.-]/g, "_")}`);
    }
  });
});

describe("figures and times on pages", () => {
  it("have separators, signs, units and capitals", () => {
    expect([formatSigned(1200), formatSigned(-3), formatSigned(0)]).toEqual(["+1,200", "−3", "0"]);
    expect(sentence("courier-timeout")).toBe("Courier timeout");
  });

  it("express the time since an event", () => {
    const now = Date.parse("2026-11-22T12:00:00Z");
    const ago = (seconds: number) => formatRelative(new Date(now - seconds * 1_000).toISOString(), now);
    expect([ago(5), ago(300), ago(7_200), ago(86_400 * 3)]).toEqual(["5s ago", "5m ago", "2h ago", "3d ago"]);
    expect(ago(-3_600)).toBe("in 1h");
  });

  it("have round ticks around their values: three to eight, evenly spaced whole numbers", () => {
    for (const [min, max] of [
      [0, 0],
      [0, 1],
      [0, 3],
      [0, 7],
      [0, 99],
      [-5, 12],
      [-40, 0],
      [0, 123_456],
      [-3, 1e9],
    ] as const) {
      const ticks = niceTicks(min, max);
      const [first = 0, second = 0] = ticks;
      expect(first).toBeLessThanOrEqual(min);
      expect(ticks.at(-1)).toBeGreaterThanOrEqual(max);
      expect(ticks.length).toBeGreaterThanOrEqual(3);
      expect(ticks.length).toBeLessThanOrEqual(8);
      expect(ticks).toContain(0);
      for (const [index, tick] of ticks.entries()) expect(tick).toBe(first + index * (second - first));
      expect(ticks.every(Number.isInteger)).toBe(true);
    }
  });
});

describe("what an audit event changed", () => {
  it("is the fields that differ, those of objects by their path", () => {
    const before = { name: "A", limits: { tasks: 1, models: null }, scopes: ["read"], note: "same" };
    const after = { name: "A", limits: { tasks: 2, models: null }, scopes: ["read", "files"], note: "same", markup: 2 };
    expect(changedFields({ before, after })).toEqual([
      { name: "limits.tasks", before: "1", after: "2" },
      { name: "scopes", before: "read", after: "read, files" },
      { name: "markup", before: "–", after: "2" },
    ]);
    expect(changedFields({ before: null, after: null })).toEqual([]);
  });
});

describe("pairs that people type", () => {
  it("are one a line, and a value may contain the sign", () => {
    expect(pairsOf(" plan = gold \n\nquery=a=b\nflag")).toEqual({ plan: "gold", query: "a=b", flag: "" });
    expect(pairsOf(" \n")).toBeNull();
  });
});

describe("days of usage", () => {
  it("fill missing days and keep the existing rows", () => {
    const row = { day: "2026-11-21", tasks: 2, credits: 7, completed: 1, failed: 1, cancelled: 0, running: 0 };
    const usage = { groupBy: "day", from: "", to: "", rows: [row], nextCursor: null } as const;
    const days = daysOf({ ...usage, rows: [...usage.rows] }, { from: "2026-11-20", to: "2026-11-22" });
    expect(days.map(({ day, credits }) => [day, credits])).toEqual([
      ["2026-11-20", 0],
      ["2026-11-21", 7],
      ["2026-11-22", 0],
    ]);
  });

  it("are counted in UTC", () => {
    expect(lastDays(30, Date.parse("2026-11-22T23:59:59Z"))).toEqual({ from: "2026-10-24", to: "2026-11-22" });
  });
});

describe("routes of pages", () => {
  const route = (path: string): Route => ({ path, section: path, show: () => ({}) as Node });
  const routes = [route("/"), route("/tenants/:tenantId"), route("/tenants/:tenantId/:tab")];

  it("match their path and return its parameters", () => {
    expect(matchRoute(routes, "/")?.route.path).toBe("/");
    expect(matchRoute(routes, "/tenants/ten_1")?.parameters).toEqual({ tenantId: "ten_1" });
    expect(matchRoute(routes, "/tenants/ten_1/keys")?.parameters).toEqual({ tenantId: "ten_1", tab: "keys" });
    expect(matchRoute(routes, "/elsewhere")).toBeNull();
    expect(matchRoute(routes, "/tenants/a/b/c")).toBeNull();
  });
});

describe("the languages of pages", () => {
  it("are chosen by the browser's list: Simplified Chinese where it asks for that, else English", () => {
    for (const tag of ["zh", "zh-CN", "zh-SG", "zh-Hans", "zh-Hans-CN", "ZH-cn"])
      expect(pickLanguage([tag])).toBe("zh");
    for (const tag of ["en", "en-GB", "de-DE", "zh-TW", "zh-Hant", "zh-HK", "zhx"])
      expect(pickLanguage([tag])).toBe("en");
    expect(pickLanguage(["de", "zh-CN", "en"])).toBe("zh");
    expect(pickLanguage(["en-US", "zh-CN"])).toBe("en");
    expect(pickLanguage([])).toBe("en");
  });

  it("write dates as the browser does", () => {
    expect(pickLocale("en", ["en-GB", "en"])).toBe("en-GB");
    expect(pickLocale("en", ["de-DE"])).toBe("de-DE");
    expect(pickLocale("zh", ["en-GB"])).toBe("zh");
    expect(pickLocale("en", ["zh-CN"])).toBe("en");
  });

  it("have the same parameters in each text, and no empty text", () => {
    const forms = (text: Text) => (typeof text === "string" ? [text] : [text.one ?? text.other, text.other]);
    const names = (text: Text) => new Set(forms(text).flatMap((form) => form.match(/\{\w+\}/g) ?? []));
    for (const [area, texts] of Object.entries({ ...english, served } as Record<string, Area>)) {
      for (const [key, text] of Object.entries(texts)) {
        const other = ({ ...chinese, served: chineseServed } as Record<string, Area>)[area]?.[key];
        if (other === undefined) throw new Error(`${area}.${key} is missing`);
        expect(names(other), `${area}.${key}`).toEqual(names(text));
        for (const form of [...forms(text), ...forms(other)]) expect(form.trim(), `${area}.${key}`).not.toBe("");
      }
    }
  });

  it("are written once for a tenant, whose list and pages have areas of their own", () => {
    const listed = new Set(Object.values<Text>(english.tenants).map((text) => JSON.stringify(text)));
    const again = Object.entries<Text>(english.tenant).filter(([, text]) => listed.has(JSON.stringify(text)));
    expect(again).toEqual([]);
  });

  it("are at hand when a page of the first load is shown: its modules use no areas that are loaded later", () => {
    for (const [entry, texts] of [
      ["pages/console/main.tsx", consoleTexts],
      ["pages/portal/main.tsx", portalTexts],
    ] as const) {
      const used = new Set<string>();
      for (const [file, text] of modulesOf(entry)) {
        if (file.startsWith("pages/i18n/")) continue;
        for (const [, area = ""] of text.matchAll(/\b(?:t|rich|lookUp)\(\s*["`](\w+)["`.]/g)) used.add(area);
      }
      expect([...used].toSorted(), entry).toEqual(Object.keys(texts).toSorted());
    }
  });

  it("translate errors of the API by text and by code, and keep in English what has no text", () => {
    expect(translateError(30001, "name: must not be empty")).toBe("name: must not be empty");
    addTexts(chineseTexts);
    try {
      expect(translateError(0, "must be at least 5")).toBe("不得小于 5");
      expect(translateError(30001, "name: must not be empty")).toBe("参数无效：name: 不能为空");
      expect(translateError(40002, "Task does not exist")).toBe("未找到：Task 不存在");
      expect(translateError(70001, "Too many requests")).toBe("请求过多，请稍后重试。");
      expect(translateError(50014, "a text (of the upstream)")).toBe("a text (of the upstream)");
      expect(translateError(20002, "Something new")).toBe("无权进行此操作：Something new");
    } finally {
      addTexts({ ...english, errors: {}, problems: {} });
    }
  });

  it("choose the plural, write numbers with separators, and put elements into texts", () => {
    expect([t("common.tasks", { count: 1 }), t("common.tasks", { count: 1_200 })]).toEqual(["1 task", "1,200 tasks"]);
    expect(rich("common.copyThing", { thing: ["an element"] })).toEqual(["Copy ", ["an element"], ""]);
  });
});

describe("the size of pages", () => {
  it("is at most 60 kB compressed for the scripts and styles of a first load", () => {
    const read = (name: string) => readFileSync(new URL(`../../src/generated/${name}`, import.meta.url));
    const files = new Map(
      [
        ...read("bundles.ts")
          .toString()
          .matchAll(/"([\w.-]+)": \{.*?import\("\.\/(.+?)"\)/g),
      ].map(([, name = "", file = ""]) => [name, file]),
    );
    const contentOf = (name: string) => read(files.get(name) ?? "");
    /** A file with all that it imports statically. */
    const withImports = (name: string, found = new Set<string>()): Set<string> => {
      if (found.has(name)) return found;
      found.add(name);
      for (const [, next = ""] of contentOf(name)
        .toString()
        .matchAll(/(?:from|import) ?"\.\/([\w.-]+\.js)"/g))
        withImports(next, found);
      return found;
    };
    for (const site of ["console", "portal"]) {
      // A reader of Chinese loads its texts at once too.
      const chinese = [...files.keys()].find((name) => new RegExp(`^${site}-first-[A-Z0-9]{8}\\.js$`).test(name)) ?? "";
      const names = withImports(chinese, withImports(`${site}.js`)).add("app.css");
      expect(names.size, site).toBeGreaterThan(3);
      expect(
        [...names].reduce((sum, name) => sum + gzipSync(contentOf(name), { level: 6 }).length, 0),
        site,
      ).toBeLessThanOrEqual(60_000);
    }
  });
});

/** Texts of a module and of all that it imports statically. */
function modulesOf(entry: string): ReadonlyMap<string, string> {
  const root = join(import.meta.dirname, "../..");
  const found = new Map<string, string>();
  const visit = (file: string): void => {
    if (found.has(file)) return;
    const text = readFileSync(join(root, file), "utf8");
    found.set(file, text);
    for (const [, path = ""] of text.matchAll(/^import (?!type )[^;]*?from "(\.[^"]+)"/gms))
      visit(join(dirname(file), path));
  };
  visit(entry);
  return found;
}
