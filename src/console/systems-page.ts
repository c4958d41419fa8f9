import { html } from "hono/html";
import type { ConnectorView, ToolView, UsedWorkflow } from "../http/ports.ts";
import type { Spend } from "../model/model.ts";
import type { Html } from "./layout.ts";
import { toolsView } from "./tools-view.ts";
import { cents, instant, marked } from "./words.ts";

const states: Readonly<Record<ConnectorView["state"], readonly [word: string, state: string]>> = {
  closed: ["answers", "done"],
  open: ["does not answer", "failed"],
  "half-open": ["is being tried", "waiting"],
};

const scopes: Readonly<Record<Spend["scope"], string>> = {
  run: "One run",
  person: "What you asked for today",
  day: "Everybody today",
  tenant: "Everybody this month",
};

/** How the systems outside have been doing, what was paid for against the caps, which workflows came from drafts, and what each tool declares. */
export function systemsPage(
  connectors: readonly ConnectorView[],
  spends: readonly Spend[],
  used: readonly UsedWorkflow[],
  tools: readonly ToolView[],
): Html {
  return html`<div data-live data-every="5000"><h1>Systems</h1>
    <h2>Connectors</h2>
    ${connectors.length === 0 ? html`<p class="empty-note">No system outside is connected here. Which can be is in steward.yaml, under connectors.</p>` : ""}
    <ul class="list rows">${connectors.map(connectorView)}</ul>
    <h2>What models and paid calls cost</h2>
    ${spends.length === 0 ? html`<p class="empty-note">No model was asked this month and no call cost anything, so nothing was spent. Without a model specialists go by their playbooks.</p>` : ""}
    <ul class="list rows">${spends.map(spendView)}</ul>
    <p>Days and months are those of UTC. The caps and prices are in steward.yaml, under models; what one run cost is on its page.</p>
    <h2>Workflows from drafts</h2>
    ${used.length === 0 ? html`<p class="empty-note">None is in use. “what repeats?” proposes some, and “use draft 1” takes one into use.</p>` : ""}
    <ul class="list rows">${used.map(usedView)}</ul>
    ${toolsView(tools)}</div>`;
}

function connectorView({ connector, name = connector, state, since, againAt, because }: ConnectorView): Html {
  const [word, colour] = states[state];
  return html`<li><strong>${name}</strong> <small>${since === null ? "" : html`not answering since ${instant(since)}`}${againAt === null ? "" : html`, asked again at ${instant(againAt)}`}</small> <span class="state ${colour}">${word}</span>
    ${because === null ? "" : html`<p class="warn">${because}</p>`}</li>`;
}

function usedView({ name, by, run, at }: UsedWorkflow): Html {
  return html`<li><strong>${name}</strong> <small>in use since ${instant(at)}${by === null ? "" : html`, wanted by ${by}`} (${marked(run)}). To end that, say “take ${name} out of use”.</small></li>`;
}

function spendView({ scope, spentUsd, reservedUsd, capUsd }: Spend): Html {
  const held = reservedUsd > 0 ? `, ${cents(reservedUsd)} held back for what is being asked` : "";
  return html`<li><strong>${scopes[scope]}</strong> <small>${cents(spentUsd)} of ${cents(capUsd)}${held}</small>
    <meter min="0" max="${capUsd}" high="${capUsd * 0.8}" value="${Math.min(capUsd, spentUsd + reservedUsd)}">${cents(spentUsd)}</meter></li>`;
}
