/** `/docs`: the OpenAPI document as one page to read, complete without any script. */
import { html } from "hono/html";
import type { Html } from "../../src/html/document.ts";
import type { OpenApiDocument } from "../parts.ts";
import { renderCall, searchText } from "./call.ts";
import { headings, highlight, renderMarkdown } from "./markdown.ts";
import { type OperationNode, readOperations } from "./reader.ts";

/** @returns the body of the page; samples name the placeholder host, which pages/docs/main.ts replaces in the browser */
export function renderReference(document: OpenApiDocument): Html {
  const calls = readOperations(document);
  const groups = (document.tags ?? []).flatMap(({ name, description = "" }) => {
    const own = calls.filter(({ tag }) => tag === name);
    return own.length === 0 ? [] : [{ name, description, calls: own }];
  });
  const introduction = document.info.description ?? "";
  return html`<div class="layout">
<nav class="index" aria-label="Contents">
<h2>${document.info.title} API</h2>
<ul>${headings(introduction).map(({ id, text }) => html`<li><a href="#${id}">${text}</a></li>`)}</ul>
${groups.map(
  (group) => html`<section data-group><h2>${group.name}</h2>
<ul>${group.calls.map(indexEntry)}</ul></section>`,
)}
</nav>
<main id="content">
<div class="prose" data-prose><h1>${document.info.title} API</h1>
${sections(introduction).map((text) => html`<section data-find="${text.toLowerCase()}">${renderMarkdown(text, highlight)}</section>`)}</div>
${groups.map(
  (group) => html`<section class="group" data-group><h2>${group.name}</h2>
<p>${group.description}</p>
${group.calls.map((call) => renderCall(document, call))}</section>`,
)}
<p class="nothing" data-nothing hidden>No call matches.</p>
</main>
</div>`;
}

/** @returns a Markdown text cut before each of its headings, so that the filter can show one part alone */
function sections(markdown: string): string[] {
  return markdown.split(/\n(?=## )/);
}

function indexEntry(operation: OperationNode): Html {
  const { operationId, method, summary, isEvent } = operation;
  const find = searchText(operation);
  const short = isEvent ? "event" : method === "delete" ? "DEL" : method.toUpperCase();
  return html`<li data-find="${find}"><a href="#${operationId}"><span class="method ${method}">${short}</span><span>${summary}</span></a></li>`;
}
