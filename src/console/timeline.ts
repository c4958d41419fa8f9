import { html } from "hono/html";
import type { JsonObject } from "../domain/json.ts";
import type { AuditLine } from "../http/reads.ts";
import type { Html } from "./layout.ts";
import type { Names } from "./words.ts";
import { instant, sentenceOf } from "./words.ts";

/** What a step did that looks again and again, or one entry of anything else. */
interface Stretch {
  readonly step: string | null;
  readonly lines: AuditLine[];
}

/** A run's entries in words. What a step looked for again and again is one line, which unfolds. */
export function timelineView(lines: readonly AuditLine[], names: Names): Html {
  return html`<ol class="timeline">${stretchesOf(lines).map((stretch) => stretchView(stretch, names))}</ol>`;
}

function stretchesOf(lines: readonly AuditLine[]): readonly Stretch[] {
  const all: Stretch[] = [];
  for (const line of lines) {
    const before = all.at(-1);
    const looks = step(line, "step.repeat");
    // Each look ends as any call does.
    if (before != null && before.step !== null && [looks, step(line, "effect.done")].includes(before.step))
      before.lines.push(line);
    else all.push({ step: looks, lines: [line] });
  }
  return all;
}

/** Whose event of this name it is; null for any other entry. */
function step({ kind, entry, body }: AuditLine, event: string): string | null {
  const { data } = entry as { readonly data?: JsonObject };
  const name = body?.["step"];
  return kind === "turn" && data?.["event"] === event && typeof name === "string" ? name : null;
}

function stretchView({ step: watching, lines }: Stretch, names: Names): Html {
  const [first] = lines;
  const last = lines.at(-1);
  if (watching === null || first === undefined || last === undefined || lines.length < 4)
    return html`${lines.map((line) => lineView(line, names))}`;
  const times = lines.filter((line) => step(line, "step.repeat") !== null).length;
  return html`<li>${instant(first.at)} <span>Looked again with step ${watching} ${times} times until ${instant(last.at)}.</span> <code>${first.seq}–${last.seq}</code>
    <details id="from-${first.seq}"><summary>Each of them</summary><ol class="timeline">${lines.map((line) => lineView(line, names))}</ol></details></li>`;
}

function lineView(line: AuditLine, names: Names): Html {
  return html`<li>${instant(line.at)} <span>${sentenceOf(line, names)}</span> <code title="${line.hash}">${line.seq}</code></li>`;
}
