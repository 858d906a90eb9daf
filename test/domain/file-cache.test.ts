import { describe, expect, it } from "vitest";
import {
  dayOfTask,
  joinPurges,
  MAX_NAMED,
  MAX_TAGS,
  mayBeCached,
  purgeOf,
  tagsOf,
  uncachedTasks,
} from "../../src/domain/file-cache.ts";
import { firstTaskIdAt, lastTaskIdAt } from "../../src/domain/task-id.ts";

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 10, 30, 12);
const TENANT = "ten_00000000000000000001";
/** Ids of tasks that were made one after another, the first a given number of days before NOW. */
const idsFrom = (daysAgo: number, count: number, stepMs = 1_000) =>
  Array.from({ length: count }, (_, index) => firstTaskIdAt(NOW - daysAgo * DAY + index * stepMs));

describe("tags of a file", () => {
  it("name the tenant, the task and the tenant's day, in characters that the platform takes", () => {
    const [id = 0] = idsFrom(0, 1);
    const tags = tagsOf(TENANT, id);
    expect(tags).toEqual([`t-${TENANT}`, `k-${TENANT}-${id}`, `d-${TENANT}-${Math.floor(NOW / DAY)}`]);
    for (const tag of tags) expect(tag).toMatch(/^[\x21-\x2b\x2d-\x7e]{1,1024}$/);
  });
});

describe("one call for all waiting purges", () => {
  it("has a tag a task while they are few", () => {
    const taskIds = idsFrom(1, 3);
    const call = joinPurges([{ tenantId: TENANT, taskIds }, { tenantId: "ten_2", days: [7] }, { tenantId: "ten_3" }]);
    expect(call).toEqual({ tags: [...taskIds.map((id) => `k-${TENANT}-${id}`), "d-ten_2-7", "t-ten_3"] });
  });

  it("has each tag once", () => {
    const [id = 0] = idsFrom(1, 1);
    const call = joinPurges(Array.from({ length: 500 }, () => ({ tenantId: TENANT, taskIds: [id] })));
    expect(call).toEqual({ tags: [`k-${TENANT}-${id}`] });
  });

  it("goes from tasks to days, tenants and everything as more wait, and is never over the platform's limit", () => {
    const ofOne = (count: number, stepMs: number) =>
      joinPurges([{ tenantId: TENANT, taskIds: idsFrom(150, count, stepMs) }]);
    const day = dayOfTask(idsFrom(150, 1)[0] ?? 0);
    expect(ofOne(MAX_TAGS, 1)).toMatchObject({ tags: { length: MAX_TAGS } });
    expect(ofOne(MAX_TAGS + 1, 1)).toEqual({ tags: [`d-${TENANT}-${day}`] });
    expect(ofOne(MAX_TAGS + 1, DAY)).toEqual({ tags: [`t-${TENANT}`] });
    const ofMany = (count: number) =>
      joinPurges(
        Array.from({ length: count }, (_, index) => ({ tenantId: `ten_${index}`, taskIds: idsFrom(9, 2, DAY) })),
      );
    expect(ofMany(MAX_TAGS)).toMatchObject({ tags: { length: MAX_TAGS } });
    expect(ofMany(MAX_TAGS + 1)).toEqual({ purgeEverything: true });
  });

  it("covers every file that a finer one covers", () => {
    const purges = Array.from({ length: 60 }, (_, index) => ({
      tenantId: `ten_${index % 7}`,
      taskIds: idsFrom(index, 3, DAY),
    }));
    const call = joinPurges(purges);
    const tags = new Set("tags" in call ? call.tags : []);
    for (const { tenantId, taskIds } of purges) {
      for (const id of taskIds) expect(tagsOf(tenantId, id).some((tag) => tags.has(tag))).toBe(true);
    }
  });

  it("of one tenant's deletions names tasks, days or the tenant", () => {
    expect(purgeOf(TENANT, idsFrom(1, MAX_TAGS))).toHaveProperty("taskIds.length", MAX_TAGS);
    expect(purgeOf(TENANT, idsFrom(1, MAX_TAGS + 1, 1))).toHaveProperty("days.length", 1);
    expect(purgeOf(TENANT, idsFrom(150, MAX_TAGS + 1, DAY))).toEqual({ tenantId: TENANT });
  });
});

describe("tasks that are not read from the cache", () => {
  const facts = (deleted: number[], retentionMs: number | null = null) => ({
    visibility: "public" as const,
    deleted: false,
    uncached: uncachedTasks(deleted, retentionMs, NOW),
  });

  it("are the deleted ones", () => {
    const [first = 0, second = 0, third = 0] = idsFrom(1, 3);
    const known = facts([third, first]);
    expect([first, second, third].map((id) => mayBeCached(known, id))).toEqual([false, true, false]);
  });

  it("are all older ones too, once more were deleted than are named", () => {
    const ids = idsFrom(1, MAX_NAMED + 50);
    const deleted = ids.filter((_, index) => index % 2 === 0 || index > 40).toReversed();
    const known = facts(deleted);
    expect(known.uncached.tasks.length).toBeLessThanOrEqual(MAX_NAMED);
    for (const id of deleted) expect(mayBeCached(known, id)).toBe(false);
    expect(mayBeCached(known, firstTaskIdAt(NOW))).toBe(true);
  });

  it("are those past the tenant's retention, by the clock", () => {
    const known = facts([], DAY);
    expect(mayBeCached(known, lastTaskIdAt(NOW - DAY))).toBe(false);
    expect(mayBeCached(known, firstTaskIdAt(NOW - DAY + 1))).toBe(true);
  });

  it("are all of a tenant that is deleted, has signed links, or whose object is of the previous release", () => {
    const id = firstTaskIdAt(NOW);
    expect(mayBeCached({ ...facts([]), deleted: true }, id)).toBe(false);
    expect(mayBeCached({ ...facts([]), visibility: "signed" }, id)).toBe(false);
    expect(mayBeCached({ visibility: "public", deleted: false }, id)).toBe(false);
  });
});
