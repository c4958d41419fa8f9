import { html } from "hono/html";
import { showHidden } from "../domain/text.ts";
import type { GateView } from "../http/reads.ts";
import type { Html } from "./layout.ts";
import { instant } from "./words.ts";

/** The gates that wait for whoever looks. */
export function gatesPage(gates: readonly GateView[]): Html {
  return html`<div data-live><h1>Waiting for me</h1>
    ${gates.length === 0 ? html`<p class="empty-note">Nothing waits for your answer. When somebody asks for something you may approve, it appears here and in the chat.</p>` : ""}
    <ul class="list">${gates.map(
      (gate) => html`<li><a href="/gates/${gate.id}"><strong>${gate.title}</strong>
      <span>asked by ${gate.requesterName ?? gate.requesterId ?? "a program"}, until ${instant(gate.expiresAt)}</span></a></li>`,
    )}</ul></div>`;
}

/** One gate: exactly what is being approved, by whom, and the buttons for those whose answer counts. */
export function gatePage(gate: GateView, mayAnswer: boolean, mayWithdraw: boolean, seesRun: boolean): Html {
  const url = `/api/gates/${gate.id}/decision`;
  return html`<div data-live><h1>${gate.title}</h1>
    <p><span class="state ${gate.state}">${gate.state}</span> asked by ${gate.requesterName ?? gate.requesterId ?? "a program"} at ${instant(gate.openedAt)}${seesRun ? html` · <a href="/runs/${gate.runId}">the run</a>` : ""}</p>
    <h2>What exactly</h2>
    <ol class="actions">${gate.actions.map(
      (
        action,
      ) => html`<li><strong>${action.describes}</strong>${action.risk === null ? "" : html` <span class="state ${action.risk}">${action.risk}</span>`}
      <pre>${action.tool} ${showHidden(JSON.stringify(action.args, null, 2))}</pre></li>`,
    )}</ol>
    <h2>Who and until when</h2>
    <dl class="facts"><div><dt>Who may approve</dt><dd>${gate.approvers ?? "as the policy says"}</dd></div>
      <div><dt>Until</dt><dd>${instant(gate.expiresAt)}</dd></div>
      ${gate.decidedAt === null ? "" : html`<div><dt>Decided</dt><dd>${instant(gate.decidedAt)}</dd></div>`}
      <div><dt>Subject</dt><dd><code>${gate.subjectHash}</code></dd></div></dl>
    ${votesView(gate)}
    ${
      gate.state === "open" && (mayAnswer || mayWithdraw)
        ? html`<p class="buttons">
      ${mayAnswer ? html`<button type="button" class="primary" data-decide="${url}" data-decision="approve">Approve</button>` : ""}
      <button type="button" class="danger" data-decide="${url}" data-decision="deny">${mayAnswer ? "Deny" : "Withdraw"}</button></p>`
        : ""
    }
    ${gate.state === "open" && !mayAnswer ? html`<p class="empty-note">Your approval does not count here${mayWithdraw ? ", since you asked; you may withdraw" : ""}.</p>` : ""}</div>`;
}

function votesView({ votes }: GateView): Html | "" {
  if (votes.length === 0) return "";
  return html`<h2>Answers</h2><ul class="list">${votes.map(
    ({ name, decision, reason, surface, at }) =>
      html`<li>${name} ${decision === "approve" ? "approved" : "denied"} on ${surface} at ${instant(at)}${reason === null ? "" : html`: ${reason}`}</li>`,
  )}</ul>`;
}
