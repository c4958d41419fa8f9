import { html } from "hono/html";
import { canonical, type Json, type JsonObject } from "../domain/json.ts";
import { showHidden } from "../domain/text.ts";
import {
  argumentName,
  argumentValue,
  changeFields,
  type Gate,
  reasonGiven,
  type ShownEffect,
  tally,
  whoMayApprove,
} from "../gates/gates.ts";
import type { Quiet } from "../http/ports.ts";
import type { GateAction, GateView, Happening, Remark, RunLine } from "../http/reads.ts";
import type { Html } from "./layout.ts";
import type { Standing } from "./looking.ts";
import { threadPath } from "./run-page.ts";
import { storyView } from "./story.ts";
import { instant, marked } from "./words.ts";

/** The gates that wait for whoever looks. */
export function gatesPage(gates: readonly GateView[], quiet: Awaited<ReturnType<Quiet["of"]>>): Html {
  return html`<div data-live><h1>Waiting for me</h1>
    ${gates.length === 0 ? html`<p class="empty-note">Nothing waits for your answer. When somebody asks for something you may approve, it appears here and in the chat.</p>` : ""}
    <ul class="list">${gates.map(
      (gate) => html`<li><a href="/gates/${gate.id}"><strong>${gate.title}</strong>
      <span>asked by ${gate.requesterName ?? gate.requesterId ?? "a program"}${gate.reason === null ? "" : `: ${showHidden(JSON.stringify(gate.reason))}`}, until ${instant(gate.expiresAt)}</span></a></li>`,
    )}</ul>
    <h2>Quiet hours</h2><p>${quiet.sentence}</p>
    ${quiet.hours === null ? "" : html`<p><button type="button" class="default" data-post="/api/quiet-hours" data-body="${JSON.stringify({ hours: "off" })}">No quiet hours</button></p>`}</div>
    <form class="quiet" data-post="/api/quiet-hours">
      <label>From <input type="time" name="from" required value="${clockOf(quiet.hours?.from ?? 22 * 60)}"></label>
      <label>to <input type="time" name="to" required value="${clockOf(quiet.hours?.to ?? 7 * 60)}"></label>
      <span>in ${quiet.zone}</span>
      <button type="submit" class="primary">Set quiet hours</button>
    </form>`;
}

/** "22:00" */
function clockOf(minute: number): string {
  return [Math.floor(minute / 60), minute % 60].map((part) => String(part).padStart(2, "0")).join(":");
}

/** What a gate's page shows besides the gate. */
interface GateDetails {
  readonly gate: GateView;
  readonly standing: Standing | null;
  /** Their approval counts already. */
  readonly approved: boolean;
  readonly seesRun: boolean;
  /** What had happened in the run when it was asked. */
  readonly happened: readonly Happening[];
  /** What people wrote in its run's thread while it was open. */
  readonly remarks: readonly Remark[];
  /** Where it is talked about; null when that is not on the web. */
  readonly thread: RunLine["thread"];
  /** What is asked now, where this question was changed. */
  readonly instead: GateView | null;
}

/** One gate: why it is asked, exactly what is being approved, by whom, and the buttons for those whose answer counts. */
export function gatePage(details: GateDetails): Html {
  const { gate, standing, approved, seesRun, happened, remarks, thread, instead } = details;
  const url = `/api/gates/${gate.id}/decision`;
  const mayAnswer = standing === "answer";
  const { says } = gate.context;
  // The story of the run begins with it, for those who may read that.
  const why =
    gate.reason !== null && html`<p>Reason: ${reasonGiven(gate.reason, gate.requesterName ?? "a program")}</p>`;
  return html`<div data-live><h1>${gate.title}</h1>
    <p><span class="state ${gate.state}">${gate.state}</span> asked by ${gate.requesterName ?? gate.requesterId ?? "a program"} at ${instant(gate.openedAt)}${seesRun ? html` · <a href="/runs/${gate.runId}">the run</a>` : ""}${seesRun && thread !== null ? html` · <a href="${threadPath(thread)}">the conversation</a>` : ""}</p>
    ${gate.state === "superseded" ? changedView(gate, instead) : ""}
    <h2>What exactly</h2>
    <ol class="actions">${gate.actions.map(actionView)}</ol>
    ${typeof says === "string" && says !== "" ? html`<p>The model says, unchecked: “${showHidden(says)}”</p>` : ""}
    ${gate.fields.length === 0 ? "" : html`<dl class="facts">${gate.fields.map(({ label, value }) => html`<div><dt>${showHidden(label)}</dt><dd>${showHidden(value)}</dd></div>`)}</dl>`}
    ${happened.length === 0 && !why ? "" : html`<h2>Why</h2>${happened.length === 0 ? why : storyView(happened)}`}
    ${remarksView(remarks)}
    <h2>Who and until when</h2>
    <dl class="facts"><div><dt>Who may approve</dt><dd>${approversOf(gate)}</dd></div>
      <div><dt>Until</dt><dd>${instant(gate.expiresAt)}</dd></div>
      ${gate.decidedAt === null ? "" : html`<div><dt>Decided</dt><dd>${instant(gate.decidedAt)}</dd></div>`}
</dl>
    ${unanswerableView(gate)}
    ${votesView(gate)}
    ${
      gate.state === "open" && standing !== null
        ? html`<p class="buttons">
      ${mayAnswer ? html`<button type="button" class="primary" data-decide="${url}" data-decision="approve">Approve</button>` : ""}
      ${mayAnswer && mayChange(gate) ? html`<button type="button" data-decide="${url}" data-decision="change">Change and approve</button>` : ""}
      <button type="button" class="danger" data-decide="${url}" data-decision="deny">${standing === "withdraw" ? "Withdraw" : "Deny"}</button></p>`
        : ""
    }
    ${gate.state === "open" && !mayAnswer ? html`<p class="empty-note">${approved ? `You approved; still needed: ${stillNeeded(gate)}.` : `Your approval does not count here${standing === null ? "" : standing === "deny" ? ", since you changed it; you may deny it" : ", since you asked; you may withdraw"}.`}</p>` : ""}
    <p><small>A vote counts for exactly these calls: subject <code>${gate.subjectHash}</code></small></p></div>`;
}

/** The policy in words and who that is, as on its card; of a gate whose memory was erased, what is left. */
function approversOf({ context, approvers }: GateView): string {
  const { policy, escalatedTo } = context as unknown as Partial<Gate>;
  return policy === undefined || escalatedTo === undefined
    ? approvers || "as the policy says"
    : whoMayApprove({ policy, escalatedTo }, approvers ?? "");
}

/** Why nobody could approve it when it was asked, until somebody else is asked too. */
function unanswerableView({ state, context: { unanswerable, escalatedTo } }: GateView): Html | string {
  const isWider = Array.isArray(escalatedTo) && escalatedTo.length > 0;
  return state === "open" && typeof unanswerable === "string" && !isWider ? html`<p>${unanswerable}</p>` : "";
}

/** What was written in the thread meanwhile, quoted: it is not part of what is approved, and nobody has checked it. */
function remarksView(remarks: readonly Remark[]): Html | "" {
  if (remarks.length === 0) return "";
  return html`<h2>Said in its thread while it was open</h2><ul class="list">${remarks.map(
    ({ name, at, text }) => html`<li>${showHidden(name)} at ${instant(at)}: “${showHidden(text)}”</li>`,
  )}</ul>`;
}

/** Who changed what was asked and what, and where it goes on. */
function changedView(gate: GateView, instead: GateView | null): Html {
  const { context, decidedAt } = gate;
  const { changedBy, changedWhat } = context;
  const what = typeof changedWhat === "string" ? changedWhat : instead === null ? "" : differences(gate, instead);
  const who =
    typeof changedBy === "string"
      ? `${showHidden(changedBy)} changed this`
      : `What would be done${what === "" ? "" : ", or what it acts on,"} changed`;
  return html`<p>${who}${what === "" ? "" : ` (${showHidden(what)})`}${decidedAt === null ? "" : html` at ${instant(decidedAt)}`}, so no answer counts here any more. ${instead === null ? "" : html`Now it is asked: <a href="/gates/${instead.id}">${instead.title}</a>`}</p>`;
}

/** "version: 1.4.1 → 1.4.2": in what the next question differs, in its arguments and in what they act on. */
function differences(gate: GateView, instead: GateView): string {
  const differs = (before: JsonObject, after: JsonObject) =>
    Object.keys({ ...before, ...after }).flatMap((name) => {
      const [was, is] = [before[name] ?? null, after[name] ?? null];
      return canonical(was) === canonical(is)
        ? []
        : [`${argumentName(name)}: ${argumentValue(name, was)} → ${argumentValue(name, is)}`];
    });
  const objectOf = (pin: Json) =>
    pin !== null && typeof pin === "object" && !Array.isArray(pin) ? pin : { target: pin };
  return gate.actions
    .flatMap(({ args, pin }, i) => {
      const next = instead.actions[i];
      return next === undefined
        ? []
        : [...differs(args, next.args), ...differs(objectOf(pin) as JsonObject, objectOf(next.pin) as JsonObject)];
    })
    .join(", ");
}

/** "1 security": the approvals that are missing. */
function stillNeeded({ context }: GateView): string {
  const stands = tally(context as unknown as Gate);
  return stands.kind === "pending" ? stands.missing.join(" and ") : "nothing more";
}

/** What is asked since a question was changed: the next one for the same calls, by the same run or task. */
export function afterChange(gate: GateView, all: readonly GateView[]): GateView | null {
  const calls = ({ taskId, actions }: GateView) => [taskId, ...actions.map(({ tool }) => tool)].join();
  const since = Date.parse(gate.decidedAt ?? gate.openedAt);
  return (
    all.find((one) => one.id !== gate.id && Date.parse(one.openedAt) >= since && calls(one) === calls(gate)) ?? null
  );
}

/** Whether the policy lets approvers change any argument of it. */
function mayChange({ context }: GateView): boolean {
  const { effects = [] } = context as unknown as { readonly effects?: readonly ShownEffect[] };
  return changeFields(effects).length > 0;
}

function actionView({ tool, risk, describes, args, dryRun, outside, origins, because }: GateAction): Html {
  const named = Object.entries(args).filter(([, value]) => value !== null);
  const from = [...new Set(outside.flatMap((name) => (origins[name] ? showHidden(origins[name]) : [])))];
  return html`<li><strong>${describes}</strong>${risk === null ? "" : html` <span class="state ${risk}">${risk}</span>`}${because === null ? "" : html`<p>${because}</p>`}
    <dl class="facts">${named.map(
      ([name, value]) =>
        html`<div><dt>${argumentName(name)}</dt><dd>${argumentValue(name, value)}${outside.includes(name) ? html` <em class="warn">came from outside, check it</em>` : ""}</dd></div>`,
    )}
      ${because !== null || from.length === 0 ? "" : html`<div><dt>From outside means</dt><dd>${from.join(" and ")}</dd></div>`}
      ${dryRun === null ? "" : html`<div><dt>Dry run</dt><dd>${marked(showHidden(dryRun))}</dd></div>`}</dl>
    <details><summary>The call</summary><pre>${tool} ${showHidden(JSON.stringify(args, null, 2))}</pre></details></li>`;
}

function votesView({ votes }: GateView): Html | "" {
  if (votes.length === 0) return "";
  return html`<h2>Answers</h2><ul class="list">${votes.map(
    ({ name, decision, reason, surface, at }) =>
      html`<li>${name} ${decision === "approve" ? "approved" : "denied"} on ${surface} at ${instant(at)}${reason === null ? "" : html`: ${reason}`}</li>`,
  )}</ul>`;
}
