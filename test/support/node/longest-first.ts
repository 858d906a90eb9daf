/** The order of test files: a run ends when its last file ends, so files that wait the longest begin first. */
import { BaseSequencer, type TestSpecification } from "vitest/node";

/**
 * Files of one project stand together, because they share processes. Those that start processes of their own come first; the
 * files inside workerd come last, because most of them are short and fill all workers to the end.
 */
const PROJECTS = ["e2e", "browser", "pure", "workerd"];

/** Files of more than ten seconds, the longest of each project first. Among all others the size is a good enough measure. */
const LONGEST = [
  "browser/playground",
  "browser/console",
  "browser/portal",
  "browser/accessibility",
  "e2e/large-file",
  "e2e/doctor",
  "e2e/chaos",
  "e2e/demo",
  "e2e/openai",
  "e2e/previous-release",
  "e2e/configuration",
  "e2e/dev",
  "e2e/deploy",
  "e2e/back-pressure",
  "e2e/master-keys",
  "routes/events",
  "routes/unavailable-tenant",
  "flows/submission-faults",
  "flows/file-faults",
  "flows/webhooks",
  "routes/deletion",
  "flows/noisy-neighbour",
  "tenant/rules/money",
  "tenant/rules/admission",
  "client/waiting",
  "client/transport",
];

/** Sorts the files of all projects together. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = new Map(sorted.map((file) => [file, [projectRank(file), lengthRank(file)] as const]));
    return sorted.sort((a, b) => {
      const [projectA, lengthA] = rank.get(a) ?? [0, 0];
      const [projectB, lengthB] = rank.get(b) ?? [0, 0];
      return projectA - projectB || lengthA - lengthB;
    });
  }
}

function projectRank({ project }: TestSpecification): number {
  const rank = PROJECTS.indexOf(project.name);
  return rank === -1 ? PROJECTS.length : rank;
}

function lengthRank({ moduleId }: TestSpecification): number {
  const rank = LONGEST.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
  return rank === -1 ? LONGEST.length : rank;
}
