/** One call of the reference: on one side what it does, takes and returns, on the other code to copy. */
import { html } from "hono/html";
import type { Html } from "../../src/html/document.ts";
import type { OpenApiDocument } from "../parts.ts";
import { type CodeSample, codeSamples, type SampleRequest } from "./code-samples.ts";
import { highlight, inline, renderMarkdown } from "./markdown.ts";
import type { MediaNode, OperationNode, ParameterNode } from "./reader.ts";
import { fieldList, fieldsOf } from "./schema-view.ts";

/** Credentials by security scheme: what to call them, and the variable that samples read. */
const CREDENTIALS: Readonly<Record<string, readonly [name: string, variable: string]>> = {
  tenantKey: ["secret key", "PADDOCK_KEY"],
  publishableKey: ["publishable key", "PADDOCK_KEY"],
  clientToken: ["client token", "CLIENT_TOKEN"],
  clientTokenInUrl: ["client token in the URL", "CLIENT_TOKEN"],
  operatorToken: ["operator token", "ADMIN_TOKEN"],
};

/** Host in samples and examples. The page's script replaces it with the gateway's own. */
const PLACEHOLDER_ORIGIN = "https://gateway.example";

/** @returns the text in which the page's filter looks for words: the call, its description and its error codes */
export function searchText({ method, path, summary, description, responses }: OperationNode): string {
  const statuses = responses.map(([status, response]) => `${status} ${response.description ?? ""}`);
  return [method, path, summary, description, ...statuses].join(" ").toLowerCase();
}

/** @returns one operation with its parameters, responses and samples */
export function renderCall(document: OpenApiDocument, operation: OperationNode): Html {
  const { operationId, summary, method, path, description } = operation;
  return html`<article class="call" id="${operationId}" data-find="${searchText(operation)}">
<div class="about">
<h3><a href="#${operationId}">${summary}</a></h3>
${
  operation.isEvent
    ? html`<p class="route"><span class="method post">event</span><span>${path}</span></p>`
    : html`<p class="route"><span class="method ${method}">${method.toUpperCase()}</span><span>${pathText(path)}</span></p>`
}
${credentialChips(operation)}
${renderMarkdown(description)}
${parameterFields(document, operation, "path", "Path")}
${parameterFields(document, operation, "query", "Query")}
${parameterFields(document, operation, "header", "Headers")}
${bodyFields(document, operation)}
${responseFields(document, operation)}
${statuses(operation)}
</div>
<div class="samples">${operation.isEvent ? null : samplePanel(operation)}${examplePanel(operation)}</div>
</article>`;
}

function pathText(path: string): Html {
  const parts = path.split(/(\{\w+\})/);
  return html`${parts.map((part) => (part.startsWith("{") ? html`<em>${part}</em>` : part))}`;
}

function credentialChips({ security, isEvent }: OperationNode): Html | null {
  if (isEvent) return null;
  if (security.length === 0) return html`<p class="who"><span class="chip">no credentials</span></p>`;
  return html`<p class="who">${security.map((name) => html`<span class="chip">${CREDENTIALS[name]?.[0] ?? name}</span>`)}</p>`;
}

function parameterFields(
  document: OpenApiDocument,
  { parameters }: OperationNode,
  place: ParameterNode["in"],
  title: string,
): Html | null {
  const own = parameters.filter((parameter) => parameter.in === place);
  if (own.length === 0) return null;
  const fields = own.map(({ name, schema = {}, description, required = false }) => ({
    name,
    schema: description === undefined ? schema : { ...schema, description },
    required,
  }));
  return html`<h4>${title}</h4>${fieldList(document, fields)}`;
}

function bodyFields(document: OpenApiDocument, { body, isEvent }: OperationNode): Html | null {
  if (!body) return null;
  const [[type, media] = []] = Object.entries(body.content);
  if (!media?.schema) return null;
  const optional = body.required || isEvent ? null : html` <span class="field-type">optional</span>`;
  return html`<h4>Body <span class="field-type">${type}</span>${optional}</h4>${fieldsOf(document, media.schema)}`;
}

function responseFields(document: OpenApiDocument, { responses }: OperationNode): Html | null {
  const success = responses.find(([status]) => status === "200")?.[1];
  const data = success?.content?.["application/json"]?.schema?.properties?.data;
  const fields = data && fieldsOf(document, data);
  return fields ? html`<h4>Response <span class="field-type">data</span></h4>${fields}` : null;
}

function statuses({ responses, isEvent }: OperationNode): Html | null {
  if (isEvent) return null;
  return html`<h4>Statuses</h4><ul class="statuses">${responses.map(
    ([status, response]) => html`<li><b>${status}</b><span>${inline(response.description ?? "")}</span></li>`,
  )}</ul>`;
}

function samplePanel(operation: OperationNode): Html {
  const requests = sampleRequests(operation);
  const languages = codeSamples(requests[0]?.request ?? requestOf(operation, null));
  return html`<div class="panel" data-samples>
<div class="panel-head"><span role="tablist" aria-label="Language">${languages.map(
    ({ language }, index) =>
      html`<button type="button" class="tab" role="tab" data-language="${language}" aria-selected="${index === 0 ? "true" : "false"}">${language}</button>`,
  )}</span><span class="spacer"></span>${
    requests.length > 1 &&
    html`<select aria-label="Example" data-example>${requests.map(({ summary }) => html`<option>${summary}</option>`)}</select>`
  }<button type="button" class="copy" data-copy>Copy</button></div>
${requests.map(({ request }, example) =>
  codeSamples(request).map(
    ({ language, text }: CodeSample, index) =>
      html`<pre tabindex="0" data-language="${language}" data-example="${example}" ${(example > 0 || index > 0) && "hidden"}>${highlight(text)}</pre>`,
  ),
)}
</div>`;
}

function sampleRequests(operation: OperationNode): { summary: string; request: SampleRequest }[] {
  const media = operation.body?.content["application/json"];
  const examples = Object.values(media?.examples ?? {});
  if (examples.length === 0) return [{ summary: "", request: requestOf(operation, media ?? null) }];
  return examples.map(({ summary = "", value }) => ({
    summary,
    request: requestOf(operation, { example: value }),
  }));
}

function requestOf(operation: OperationNode, media: MediaNode | null): SampleRequest {
  const { path, parameters, security, body } = operation;
  const filled = path.replace(/\{(\w+)\}/g, (all, name: string) => {
    const example = parameters.find((parameter) => parameter.in === "path" && parameter.name === name)?.example;
    return example === undefined ? all : String(example);
  });
  const [scheme] = security;
  const headers: [string, string][] = [];
  if (scheme !== undefined) headers.push(["Authorization", `Bearer $${CREDENTIALS[scheme]?.[1] ?? "TOKEN"}`]);
  const isForm = body?.content["multipart/form-data"] !== undefined;
  const json = body && !isForm ? media?.example : undefined;
  if (json !== undefined) headers.push(["Content-Type", "application/json"]);
  return {
    method: operation.method.toUpperCase(),
    url: PLACEHOLDER_ORIGIN + filled,
    headers,
    body: isForm ? { file: "reference.jpg" } : json === undefined ? null : { json },
  };
}

function examplePanel({ responses, body, isEvent }: OperationNode): Html | null {
  const media = isEvent
    ? body?.content["application/json"]
    : Object.values(responses.find(([status]) => status === "200")?.[1].content ?? {})[0];
  if (media?.example === undefined) return null;
  const text = typeof media.example === "string" ? media.example : JSON.stringify(media.example, null, 2);
  return html`<div class="panel">
<div class="panel-head"><span>${isEvent ? "Body" : "Response"}</span><span class="spacer"></span><button type="button" class="copy" data-copy>Copy</button></div>
<pre tabindex="0">${highlight(text)}</pre>
</div>`;
}
