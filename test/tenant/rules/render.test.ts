/** A task's response contains the submission's own fields, whether its snapshot was stored with them or without. */
import { expect, it } from "vitest";
import { type Linker, renderTask } from "../../../src/tenant/rules/render.ts";
import { CREATED_AT, taskRow } from "../../support/task-row.ts";

const LINK: Linker = Object.assign((path: string) => path, { plainBase: "", resizesImages: false });
const TENANT_ID = "ten_00000000000000000000";
const TASK = { file_secret: "c2VjcmV0c2VjcmV0c2Vj" } as const;
const REQUEST = {
  model: "Imagen Nano Banana 2",
  prompt: 'a "cat"',
  taskName: "A cat",
  refImageUrls: ["https://example.com/a.png"],
};

async function rendered(snapshot: object | null, request: object = REQUEST) {
  const texts = { ...TASK, snapshot: snapshot && JSON.stringify(snapshot), request: JSON.stringify(request) };
  const text = await renderTask(TENANT_ID, taskRow(texts), LINK);
  const names = [...text.matchAll(/"(\w+)":/g)].map(([, name]) => name);
  expect(new Set(names).size).toBe(names.length);
  return JSON.parse(text);
}

it.each([
  ["without them", { quality: 80 }],
  ["with nothing", {}],
  ["with all of them, as release 0.1 did", { ...REQUEST, quality: 80 }],
  ["with some of them", { quality: 80, prompt: 'a "cat"' }],
  ["not yet", null],
])("fields of the submission are in the response once if the snapshot was stored %s", async (_, snapshot) => {
  const { prompt, taskName, refImageUrls } = REQUEST;
  expect(await rendered(snapshot)).toMatchObject({ prompt, taskName, refImageUrls });
});

it("fields that were not submitted stay as the upstream gave them", async () => {
  expect(await rendered({ negativePrompt: "", taskName: "Image 1" }, { prompt: "a cat" })).toMatchObject({
    prompt: "a cat",
    negativePrompt: "",
    taskName: "Image 1",
  });
});

it("has the times of the submission and of the end with their zone; null while the task is running", async () => {
  const times = async (ended_at: number | null) => {
    const task = taskRow({ ...TASK, request: "{}", snapshot: "{}", created_at: CREATED_AT, ended_at });
    const { createdAt, endedAt } = JSON.parse(await renderTask(TENANT_ID, task, LINK));
    return { createdAt, endedAt };
  };
  const createdAt = "2027-01-15T08:00:00.000Z";
  expect(await times(null)).toEqual({ createdAt, endedAt: null });
  expect(await times(CREATED_AT + 1_500)).toEqual({ createdAt, endedAt: "2027-01-15T08:00:01.500Z" });
});

it("a field of the same name deeper in a snapshot does not hide the submission's own", async () => {
  const text = await renderTask(
    TENANT_ID,
    taskRow({ ...TASK, snapshot: '{"input":{"prompt":"x"}}', request: '{"prompt":"y"}' }),
    LINK,
  );
  expect(JSON.parse(text)).toMatchObject({ prompt: "y", input: { prompt: "x" } });
});
