import { html } from "hono/html";
import { shortId } from "../domain/ids.ts";
import type { AuditReport } from "../http/ports.ts";
import type { AuditFilter, AuditLine, FoundLine, Reads, StreamLine } from "../http/reads.ts";
import type { Html } from "./layout.ts";
import type { Names } from "./words.ts";
import { byWhom, count, instant, kindNames, sentenceOf, who } from "./words.ts";

/** What was typed into the search, field by field: what could be read of it is the filter. */
export type Typed = Readonly<Record<"by" | "run" | "tool" | "kind" | "from" | "until", string>>;

/** The search, whether the record is whole, its streams, the export. */
export function auditPage(streams: readonly StreamLine[], most: number, search: Html): Html {
  const last = streams.at(-1);
  const isMore = streams.filter(({ about }) => about !== null).length === most;
  return html`<h1>Audit</h1>
    ${search}
    <h2>Is it whole?</h2>
    <div data-fill="/audit/verdict"><p class="verdict">Checking every entry… <a href="/audit/verdict">See what came of it</a></p></div>
    <p><a href="/api/audit/export" download>Export everything as JSON lines</a>. The same check runs from a terminal: <code>npx steward audit verify</code>.</p>
    <h2>Streams</h2>
    <ul class="list rows">${streams.map(({ stream, entries, about, lastAt }) => html`<li><a href="/audit?stream=${encodeURIComponent(stream)}">${about === null ? html`<code>${stream}</code>` : about} <span>${count(entries, "entry", "entries")}${lastAt === null ? "" : html`, the last at ${instant(lastAt)}`}</span></a></li>`)}</ul>
    ${isMore && last !== undefined ? html`<p><a href="/audit?before=${encodeURIComponent(last.stream)}">Older streams</a></p>` : ""}`;
}

/** Whether the record is whole, in words, and what cannot be seen. Every entry is read for it, so the page asks for it by itself. */
export function verdict(report: AuditReport): Html {
  return html`${
    report.ok
      ? html`<p class="verdict good">The record is whole: ${count(report.entries, "entry", "entries")} in ${count(report.streams, "stream", "streams")}; each follows from the one before, and every hash fits.</p>`
      : html`<p class="verdict bad">The record was changed. ${report.first?.sentence ?? ""}</p>`
  }
    ${report.erased === 0 ? "" : html`<p>The texts of ${count(report.erased, "entry", "entries")} were erased; the proofs still stand.</p>`}
    <details><summary>What this check cannot see</summary><ul class="limits">${report.limits.map((limit) => html`<li>${limit}</li>`)}</ul></details>`;
}

/** The form that looks for entries, with what was typed. */
export function searchForm(typed: Typed, names: Names): Html {
  const whom = [...names, ["system", "Steward itself"] as const];
  const choice = (name: "by" | "kind", label: string, any: string, values: Iterable<readonly [string, string]>) => {
    const known = new Map(values);
    if (typed[name] !== "" && !known.has(typed[name])) known.set(typed[name], typed[name]);
    return html`<label>${label} <select name="${name}"><option value="">${any}</option>${[...known].map(([value, words]) => html`<option value="${value}" ${value === typed[name] ? html`selected` : ""}>${words}</option>`)}</select></label>`;
  };
  const field = (name: "run" | "tool" | "from" | "until", label: string, type: string, hint = "") =>
    html`<label>${label} <input name="${name}" type="${type}" value="${typed[name]}" placeholder="${hint}" maxlength="200"></label>`;
  return html`<form class="search" method="get" action="/audit" role="search" aria-label="Search the audit">
    ${choice("by", "Who", "anybody", whom)}
    ${choice("kind", "What", "anything", Object.entries(kindNames))}
    ${field("run", "Run", "search", "R-ABC123, or words of its title")}
    ${field("tool", "Tool", "search", "services.restart")}
    ${field("from", "From (day, UTC)", "date")}
    ${field("until", "To (day, UTC)", "date")}
    <button type="submit" class="primary">Search</button></form>`;
}

/** What was found, the newest first. */
export function foundPage(found: Awaited<ReturnType<Reads["search"]>>, typed: Typed, names: Names, search: Html): Html {
  const older = found.next === null ? "" : addressOf({ ...typed, before: found.next });
  return html`<h1>Audit</h1>
    ${search}
    <h2>Found <small>the newest first · <a href="/audit">clear the search</a></small></h2>
    ${found.since === null ? "" : html`<p>Only the 30 days from ${instant(found.since)} on were searched. To look further back, say from which day, of which run, or who it was.</p>`}
    ${found.entries.length === 0 ? emptyView(typed, names) : ""}
    <ol class="timeline">${found.entries.map((line) => foundView(line, names))}</ol>
    ${older === "" ? "" : html`<p><a href="${older}">Older entries</a></p>`}`;
}

function emptyView(typed: Typed, names: Names): Html {
  const words: Typed = {
    by: `by ${who(typed.by, names)}`,
    kind: kindNames[typed.kind] ?? typed.kind,
    run: `of “${typed.run}”`,
    tool: `with ${typed.tool}`,
    from: `from ${typed.from}`,
    until: `to ${typed.until}`,
  };
  const given = (Object.keys(words) as (keyof Typed)[]).filter((name) => typed[name] !== "");
  return html`<p class="empty-note">Nothing in the record fits all of this. Leave out:</p>
    <ul>${given.map((name) => html`<li><a href="${addressOf({ ...typed, [name]: "" })}">${words[name]}</a></li>`)}</ul>`;
}

function addressOf(query: Readonly<Record<string, string>>): string {
  const given = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== ""));
  return given.size === 0 ? "/audit" : `/audit?${given}`;
}

function foundView(line: FoundLine, names: Names): Html {
  return html`<li>${instant(line.at)} <span>${sentenceOf(line, names)}${byWhom(line, names)} ${aboutView(line)}</span> ${entryView(line)}</li>`;
}

/** Whose stream it is in, by name, as a link to its page. */
function aboutView({ about, stream }: FoundLine): Html {
  if (about === null) return html`<small><a href="/audit?stream=${encodeURIComponent(stream)}">${stream}</a></small>`;
  const { machine, id, name, runId, short } = about;
  const run = runId === null ? "" : html`<a class="short" href="/runs/${runId}">${short ?? shortId(runId)}</a>`;
  if (machine === "plan") return html`<small>${run} ${name}</small>`;
  return machine === "gate"
    ? html`<small>${run} <a href="/gates/${id}">the question “${name}”</a></small>`
    : html`<small>${run} the specialist ${name}</small>`;
}

function entryView(line: AuditLine): Html {
  return html`<details><summary>entry ${line.seq}</summary><pre>${JSON.stringify(line.entry, null, 2)}</pre><p>hash <code>${line.hash}</code></p></details>`;
}

/** One stream's entries, oldest first. */
export function streamPage(stream: string, lines: readonly AuditLine[], names: Names): Html {
  const last = lines.at(-1);
  return html`<h1>Entries of one stream</h1><p><code>${stream}</code></p><p><a href="/audit">All streams</a></p>
    ${lines.length === 0 ? html`<p class="empty-note">No entries here.</p>` : ""}
    <ol class="timeline">${lines.map((line) => html`<li>${instant(line.at)} <span>${sentenceOf(line, names)}${byWhom(line, names)}</span> ${entryView(line)}</li>`)}</ol>
    ${lines.length === 100 && last !== undefined ? html`<p><a href="/audit?stream=${encodeURIComponent(stream)}&after=${last.seq}">Later entries</a></p>` : ""}`;
}

/** What the search's fields say, as far as it can be read: a day is whole, to its end. */
export function filterOf(typed: Typed): AuditFilter {
  const day = (text: string, later: number) => {
    const at = Date.parse(`${text}T00:00:00Z`);
    return Number.isNaN(at) ? undefined : new Date(at + later).toISOString();
  };
  const { by, run, tool, kind } = typed;
  const read = { by, run, tool, kind, from: day(typed.from, 0), until: day(typed.until, 86_400_000) };
  return Object.fromEntries(Object.entries(read).filter(([, value]) => value !== undefined && value !== ""));
}
