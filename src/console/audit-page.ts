import { html } from "hono/html";
import type { AuditReport } from "../http/ports.ts";
import type { AuditLine, StreamLine } from "../http/reads.ts";
import type { Html } from "./layout.ts";
import type { Names } from "./words.ts";
import { count, instant, sentenceOf } from "./words.ts";

/** Whether the record is whole, in words; what cannot be seen; the streams; the export. */
export function auditPage(report: AuditReport, streams: readonly StreamLine[], most: number): Html {
  const last = streams.at(-1);
  const isMore = streams.filter(({ about }) => about !== null).length === most;
  return html`<h1>Audit</h1>
    ${
      report.ok
        ? html`<p class="verdict good">The record is whole: ${count(report.entries, "entry", "entries")} in ${count(report.streams, "stream", "streams")}; each follows from the one before, and every hash fits.</p>`
        : html`<p class="verdict bad">The record was changed. ${report.first?.sentence ?? ""}</p>`
    }
    ${report.erased === 0 ? "" : html`<p>The texts of ${count(report.erased, "entry", "entries")} were erased; the proofs still stand.</p>`}
    <p><a href="/api/audit/export" download>Export everything as JSON lines</a>. The same check runs from a terminal: <code>npx steward audit verify</code>.</p>
    <h2>Streams</h2>
    <ul class="list rows">${streams.map(({ stream, entries, about, lastAt }) => html`<li><a href="/audit?stream=${encodeURIComponent(stream)}">${about === null ? html`<code>${stream}</code>` : about} <span>${count(entries, "entry", "entries")}${lastAt === null ? "" : html`, the last at ${instant(lastAt)}`}</span></a></li>`)}</ul>
    ${isMore && last !== undefined ? html`<p><a href="/audit?before=${encodeURIComponent(last.stream)}">Older streams</a></p>` : ""}
    <h2>What this check cannot see</h2><ul class="limits">${report.limits.map((limit) => html`<li>${limit}</li>`)}</ul>`;
}

/** One stream's entries, oldest first. */
export function streamPage(stream: string, lines: readonly AuditLine[], names: Names): Html {
  const last = lines.at(-1);
  return html`<h1>Entries of one stream</h1><p><code>${stream}</code></p><p><a href="/audit">All streams</a></p>
    ${lines.length === 0 ? html`<p class="empty-note">No entries here.</p>` : ""}
    <ol class="timeline">${lines.map(
      (line) => html`<li>${instant(line.at)} <span>${sentenceOf(line, names)}</span>
      <details><summary>entry ${line.seq}</summary><pre>${JSON.stringify(line.entry, null, 2)}</pre><p>hash <code>${line.hash}</code></p></details></li>`,
    )}</ol>
    ${lines.length === 100 && last !== undefined ? html`<p><a href="/audit?stream=${encodeURIComponent(stream)}&after=${last.seq}">Later entries</a></p>` : ""}`;
}
