/**
 * The Playground's state. It outlives the page, so that leaving and coming back finds the form, running uploads and tasks.
 */
import { t } from "../../i18n/t.ts";
import { type Api, ApiError } from "../../lib/api.ts";
import { messageOf } from "../../ui/message.ts";
import { keepDraft, tabShelf, withReferences } from "./draft.ts";
import {
  KIND_OF,
  type Model,
  problemsOf,
  REFERENCE_FIELDS,
  type Reference,
  type ReferenceField,
  referenceFields,
  typeFor,
  type Values,
  withModel,
} from "./form.ts";
import { type Price, PriceWatch } from "./price.ts";
import {
  fieldForFile,
  givenReference,
  isUrl,
  jsonText,
  type RequestFields,
  readJson,
  requestOf,
  valuesOf,
} from "./request.ts";
import { fileProblem, sendFile } from "./send-file.ts";
import { placeProblems, type ServerProblems } from "./server-problems.ts";
import { Sitting, shelfOf } from "./sitting.ts";
import { randomKey, type Submission, Submitter } from "./submit.ts";

/** The code of a submission that the balance or a cap does not cover: the price shows what is missing. */
const NOT_COVERED = 60001;

/** What the page shows. */
export interface State {
  readonly values: Values;
  readonly price: Price;
  /** Problems that the gateway found, by field; "" is the form itself. */
  readonly problems: ServerProblems;
  readonly isSending: boolean;
  /** Tasks of this sitting, newest first. */
  readonly taskIds: readonly number[];
}

/** The Playground of one tenant. */
export class Playground {
  readonly #api: Api;
  readonly #tenantId: string;
  readonly #models: readonly Model[];
  readonly #sitting: Sitting;
  readonly #price: PriceWatch;
  readonly #submitter: Submitter;
  /** Values of the tasks that were made since the page was loaded. */
  readonly #made = new Map<number, Values>();
  /** Stops uploads, by the reference of each. */
  readonly #uploads = new Map<string, AbortController>();
  readonly #listeners = new Set<() => void>();
  #state: State;

  constructor(api: Api, tenantId: string, models: readonly Model[], first: Values) {
    this.#api = api;
    this.#tenantId = tenantId;
    this.#models = models;
    this.#sitting = new Sitting(
      shelfOf(() => localStorage),
      tenantId,
    );
    const taskIds = this.#sitting.taskIds(Date.now());
    this.#state = { values: first, price: { kind: "none" }, problems: {}, isSending: false, taskIds };
    this.#price = new PriceWatch({
      estimate: (text) => api.send("POST", "/task/estimate", text),
      changed: (price) =>
        this.#show({ price, ...(price.kind === "failed" && { problems: this.#placed(price.error) }) }),
      later: (run, ms) => {
        const timer = setTimeout(run, ms);
        return () => clearTimeout(timer);
      },
    });
    this.#submitter = new Submitter({
      post: (text, key) => api.send<Submission>("POST", "/task/generate", text, { "idempotency-key": key }),
      newKey: randomKey,
      wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    });
    this.change(first);
  }

  get state(): State {
    return this.#state;
  }

  get models(): readonly Model[] {
    return this.#models;
  }

  /** The model that is chosen. */
  get model(): Model {
    return this.#models.find(({ name }) => name === this.#state.values.model) ?? (this.#models[0] as Model);
  }

  /** True while a reference of the form is being uploaded. */
  get isUploading(): boolean {
    const { values } = this.#state;
    const fields = referenceFields(this.model, values.type);
    return fields.some((field) => values.references[field].some(({ progress }) => progress !== null));
  }

  /** Calls `listener` after each change. @returns how to stop */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Takes new values of the form: their price is asked. */
  change(values: Values): void {
    this.#show({ values, problems: {} });
    keepDraft(tabShelf(), this.#tenantId, values);
    this.#price.change(problemsOf(this.model, values).length === 0 ? this.text() : null);
  }

  /** Returns the request of the form as JSON text. */
  text(): string {
    return jsonText(requestOf(this.model, this.#state.values));
  }

  chooseModel(name: string): void {
    const model = this.#models.find((one) => one.name === name);
    if (model) this.change(withModel(this.#state.values, model));
  }

  /** Asks the price again after a failure. */
  retryPrice(): void {
    this.#price.retry();
  }

  /** Sends the request, if its price is still the one that is shown. A press while another is under way does nothing. */
  async generate(): Promise<void> {
    if (this.#state.isSending) return;
    this.#show({ isSending: true });
    const values = this.#state.values;
    const confirmed = await this.#price.confirm();
    if (confirmed !== null) await this.#submit(confirmed.text, values);
    this.#show({ isSending: false });
  }

  async #submit(text: string, values: Values): Promise<void> {
    try {
      const { taskId } = await this.#submitter.submit(text);
      this.#made.set(taskId, values);
      this.#sitting.add(taskId, Date.now());
      this.#show({ problems: {}, taskIds: this.#sitting.taskIds(Date.now()) });
    } catch (error) {
      const isOpen = this.#submitter.isOpen(text);
      this.#show({ problems: isOpen ? { "": t("playground.unknownOutcome") } : this.#placed(error) });
      if (error instanceof ApiError && error.code === NOT_COVERED) this.#price.retry();
    }
  }

  /** Fills the form with a task's request. @throws ApiError */
  async fillFrom(taskId: number): Promise<void> {
    const values = this.#made.get(taskId) ?? (await this.#requestOf(taskId));
    if (values === null) throw new ApiError(0, 0, t("playground.modelGone"));
    this.change(values);
  }

  /** True if the form makes the same request as this task's. */
  isFormOf(taskId: number): boolean {
    const values = this.#made.get(taskId);
    return (
      values !== undefined &&
      values.model === this.model.name &&
      jsonText(requestOf(this.model, values)) === this.text()
    );
  }

  /** Removes a task that does not exist any more from the list. */
  dropTask(taskId: number): void {
    this.#sitting.remove(taskId, Date.now());
    this.#show({ taskIds: this.#state.taskIds.filter((one) => one !== taskId) });
  }

  /** Adds files to the lists of their kinds, and chooses a method that takes them. @returns files that the model does not take */
  addFiles(files: readonly File[]): File[] {
    const refused: File[] = [];
    for (const file of files) {
      const field = fieldForFile(file.type);
      const type = field && typeFor(this.model, this.#state.values, KIND_OF[field]);
      if (!field || type === null || !referenceFields(this.model, type).includes(field)) refused.push(file);
      else this.#addFile(file, field, type);
    }
    return refused;
  }

  /** Adds a reference by its URL or `fileId`. @returns false for a text that is neither */
  addSource(field: ReferenceField, source: string): boolean {
    const text = source.trim();
    if (!isUrl(text) && !/^file_\w+$/.test(text)) return false;
    this.#changeList(field, (list) => [...list, givenReference(text, randomKey())]);
    return true;
  }

  /** Removes a reference, and stops its upload. */
  removeReference(field: ReferenceField, id: string): void {
    this.#uploads.get(id)?.abort();
    this.#uploads.delete(id);
    this.#changeList(field, (list) => list.filter((one) => one.id !== id));
  }

  /** Moves a reference. @param by −1: before the one before it; 1: behind the one after it */
  moveReference(field: ReferenceField, id: string, by: -1 | 1): void {
    this.#changeList(field, (list) => {
      const from = list.findIndex((one) => one.id === id);
      const moved = [...list];
      const [one] = moved.splice(from, 1);
      if (one) moved.splice(Math.max(0, from + by), 0, one);
      return moved;
    });
  }

  #addFile(file: File, field: ReferenceField, type: string): void {
    const id = randomKey();
    const update = (change: Partial<Reference>) =>
      this.#changeList(field, (list) => list.map((one) => (one.id === id ? { ...one, ...change } : one)));
    const problem = fileProblem(file, KIND_OF[field]);
    const added = { id, name: file.name, source: null, url: null, progress: problem === null ? 0 : null, problem };
    this.change(withReferences({ ...this.#state.values, type }, field, (list) => [...list, added]));
    if (problem !== null) return;
    const upload = new AbortController();
    this.#uploads.set(id, upload);
    void sendFile(this.#api, file, update, upload.signal);
  }

  #changeList(field: ReferenceField, change: (list: readonly Reference[]) => readonly Reference[]): void {
    this.change(withReferences(this.#state.values, field, change));
  }

  async #requestOf(taskId: number): Promise<Values | null> {
    const { data } = readJson(await this.#api.text(`/tasks/${taskId}/story`)) as { data: { request: RequestFields } };
    return valuesOf(this.#models, data.request, randomKey);
  }

  #placed(error: unknown): ServerProblems {
    if (!(error instanceof ApiError)) return { "": messageOf(error) };
    const lists = referenceFields(this.model, this.#state.values.type);
    const own = Object.keys(this.model.parameters).filter((name) => !REFERENCE_FIELDS.some((field) => field === name));
    const filled = lists.filter((field) => this.#state.values.references[field].length > 0);
    return placeProblems(error, ["model", "type", "prompt", "taskName", ...own, ...lists], filled);
  }

  #show(change: Partial<State>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }
}
