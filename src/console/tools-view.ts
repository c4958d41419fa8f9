import { html } from "hono/html";
import { formatDuration } from "../domain/duration.ts";
import { anywhere } from "../domain/egress.ts";
import type { ToolView } from "../http/ports.ts";
import type { Html } from "./layout.ts";
import { cents, count } from "./words.ts";

const effects: Readonly<Record<ToolView["effect"], string>> = {
  keyed: "Once: a second try is known as the same",
  findable: "Once: what was done is looked up first",
  opaque: "At most once: where nobody knows, people are asked",
};

/** Every tool there is and what it declares; on a narrow screen each is a block of its own. */
export function toolsView(tools: readonly ToolView[]): Html {
  return html`<h2>Tools <small>${count(tools.length, "tool", "tools")}: all that Steward can do here, and nothing else</small></h2>
    <table class="tools"><thead><tr><th>Tool</th><th>Risk</th><th>When it is tried again</th><th>Reaches</th><th>Costs</th><th>Taken back</th><th>Dry run</th></tr></thead>
    <tbody>${tools.map(rowOf)}</tbody></table>`;
}

function rowOf({
  name,
  summary,
  from,
  risks,
  effect,
  egress,
  timeoutMs,
  costUsd,
  takesBack,
  final,
  dryRun,
}: ToolView): Html {
  const reads = risks.every((risk) => risk === "read");
  const cell = (label: string, content: string | Html) => html`<td data-label="${label}">${content}</td>`;
  return html`<tr><th scope="row"><code>${name}</code><small>${summary}. From ${from}.</small></th>
    ${cell("Risk", risks.join(" or "))}
    ${cell("When it is tried again", reads && effect === "keyed" ? "It only looks" : effects[effect])}
    ${cell("Reaches", reachOf(egress))}
    ${cell("Costs", `${costUsd === null ? "nothing" : cents(costUsd)}, up to ${formatDuration(timeoutMs)}`)}
    ${cell("Taken back", takesBack ? "yes" : (final ?? "there is nothing to take back"))}
    ${cell("Dry run", dryRun ? "yes" : "no")}</tr>`;
}

function reachOf(egress: readonly string[]): string {
  if (egress.includes(anywhere)) return "a program of its own, which is not held back";
  return egress.join(", ") || "nothing outside";
}
