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
    <table class="tools"><thead><tr><th>Tool</th><th>Risk</th><th>When it is tried again</th><th>Reaches</th><th>Costs</th><th>At most</th><th>Taken back</th><th>Dry run</th></tr></thead>
    <tbody>${tools.map(rowOf)}</tbody></table>`;
}

function rowOf(tool: ToolView): Html {
  const { name, summary, from, risks, effect, egress, timeoutMs, costUsd, takesBack, final, dryRun } = tool;
  const reads = risks.every((risk) => risk === "read");
  return html`<tr><th scope="row"><code>${name}</code><small>${summary}. From ${from}.</small></th>
    ${cell("Risk", risks.join(" or "))}
    ${cell("When it is tried again", reads && effect === "keyed" ? "It looks again" : effects[effect])}
    ${cell("Reaches", reachOf(egress))}
    ${cell("Costs", costUsd === null ? "" : cents(costUsd))}
    ${cell("At most", formatDuration(timeoutMs))}
    ${cell("Taken back", takesBack ? "Yes" : final === null ? "" : `No. ${final}`)}
    ${cell("Dry run", dryRun ? "Yes" : reads ? "" : "No")}</tr>`;
}

/** On a narrow screen a cell says what it is, and one that holds nothing is not there. */
function cell(label: string, content: string): Html {
  return content === "" ? html`<td class="none">–</td>` : html`<td data-label="${label}">${content}</td>`;
}

function reachOf(egress: readonly string[]): string {
  if (egress.includes(anywhere)) return "A program of its own, which is not held back";
  return egress.join(", ");
}
