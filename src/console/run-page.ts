import { html } from "hono/html";
import { formatDuration } from "../domain/duration.ts";
import { shortId } from "../domain/ids.ts";
import type { Act } from "../http/ports.ts";
import type { BoardKey, Happening, Run, RunEffect, RunLine, RunStep, TaskDetail } from "../http/reads.ts";
import type { CallLine, Spend } from "../model/model.ts";
import type { Html } from "./layout.ts";
import { pictureView } from "./picture.ts";
import { stateView, waitsView } from "./runs-page.ts";
import { storyView } from "./story.ts";
import { tasksView } from "./tasks-view.ts";
import { timelineView } from "./timeline.ts";
import type { Names } from "./words.ts";
import { cents, count, instant } from "./words.ts";

/** What each act is called, and what it asks before it is done. */
const acts: Readonly<Record<Act, readonly [label: string, style: string, confirm: string]>> = {
  pause: ["Pause", "default", ""],
  resume: ["Resume", "primary", ""],
  skip: [
    "Skip what it is stuck on",
    "default",
    "Put away what this run does not understand? It stays on record, and is not read.",
  ],
  again: ["Do it again", "primary", "Do what failed again? It will be carried out anew."],
  cancel: [
    "Cancel the run",
    "danger",
    "Cancel this run? What is done stays done. If you say why, whoever asked reads it:",
  ],
};

/** The acts that make sense in a run's state. */
export function actsFor(run: RunLine): readonly Act[] {
  if (run.state === "failed") return ["again"];
  if (run.done) return [];
  if (run.stuck !== null) return ["resume", "skip", "cancel"];
  return [run.paused ? "resume" : "pause", "cancel"];
}

/** What a run's page shows besides the run. */
interface RunView {
  readonly run: Run;
  /** What whoever looks may do to it. */
  readonly allowed: readonly Act[];
  readonly maySettle: boolean;
  /** Whether this person may have a stuck specialist go on. */
  readonly mayResume: boolean;
  readonly happened: readonly Happening[];
  readonly tasks: readonly TaskDetail[];
  readonly calls: readonly CallLine[];
  /** The run's own cap; null while no model was asked. */
  readonly spend: Spend | null;
  readonly board: readonly BoardKey[];
  readonly names: Names;
}

/** One run: what happened, its specialists, steps, gates, the timeline in words, and buttons for what this person may do. */
export function runPage(view: RunView): Html {
  const { run, allowed, maySettle, names } = view;
  return html`<div data-live ${run.done ? "" : html`data-every="3000"`}><h1>${run.title}</h1>
    <p>${stateView(run)} <code>${shortId(run.id)}</code> ${run.name} · asked by ${run.requesterName ?? run.requesterId ?? "a program"} · begun ${instant(run.createdAt)} · ${run.endedAt === null ? "running for" : "took"} ${formatDuration(run.durationMs)}${run.priority === "normal" ? "" : ` · priority ${run.priority}`}${run.thread === null ? "" : html` · <a href="${threadPath(run.thread)}">the conversation</a>`}</p>
    ${run.summary === "" ? "" : html`<p>${run.summary}.</p>`}
    ${waitsView(run) === "" ? "" : html`<p>${waitsView(run)}</p>`}
    ${run.stuck === null ? "" : html`<p class="warn">Stuck: ${run.stuck}</p>`}
    ${
      allowed.length === 0
        ? ""
        : html`<p class="buttons">${allowed.map((act) => {
            const [label, style, confirm] = acts[act];
            return html`<button type="button" class="${style}" data-post="/api/runs/${run.id}/control" data-body="${JSON.stringify({ act })}" ${confirm === "" ? "" : act === "cancel" ? html`data-reason="${confirm}"` : html`data-confirm="${confirm}"`}>${label}</button>`;
          })}</p>`
    }
    <h2>What happened</h2>
    ${storyView(view.happened)}
    ${run.steps.map(({ picture }) => (picture === null ? "" : pictureView({ ...picture, src: `/api/runs/${run.id}/pictures/${picture.artifact}` })))}
    ${pagesOf(run, view.happened)}
    <h2>Specialists</h2>
    ${tasksView(run.id, view.tasks, view.calls, run.gates, view.mayResume)}
    ${view.tasks.flatMap(({ effects }) => effects.filter(({ state }) => state === "in_doubt").map((effect) => doubtView(effect, maySettle)))}
    <p>${costOf(view.spend, view.calls)} ${boardOf(view.board)}</p>
    <h2>Steps</h2>
    ${stepsView(run.steps, maySettle)}
    ${Object.keys(run.input).length === 0 ? "" : html`<details><summary>Input</summary><pre>${JSON.stringify(run.input, null, 2)}</pre></details>`}
    ${
      run.gates.length === 0
        ? ""
        : html`<h2>Approvals</h2><ul class="list">${run.gates.map(
            (
              gate,
            ) => html`<li><a href="/gates/${gate.id}"><strong>${gate.title}</strong> <span class="state ${gate.state}">${gate.state}</span>
      <span>${gate.votes.map(({ name, decision }) => `${name} ${decision === "approve" ? "approved" : "denied"}`).join(", ") || "no answer yet"}</span></a></li>`,
          )}</ul>`
    }
    <h2>Timeline <small>from the audit</small></h2>
    ${timelineView(run.timeline, names)}</div>`;
}

/** What can be written down of it; the answer goes to its thread, so one without a thread offers nothing. */
function pagesOf({ id, thread, done, state }: Run, happened: readonly Happening[]): Html | "" {
  // What came to nothing is no example for the next time.
  const isEmpty = (state === "failed" || state === "cancelled") && !happened.some(({ kind }) => kind === "done");
  if (thread === null || isEmpty) return "";
  const [label, what] = done ? ["Make a runbook", "runbook"] : ["Write a handover", "handover"];
  const body = JSON.stringify({ text: `@steward write a ${what} of ${shortId(id)}`, thread: thread.id });
  const url = `/api/chat/${encodeURIComponent(thread.channel)}/messages`;
  return html`<p class="buttons"><button type="button" class="default" data-post="${url}" data-body="${body}" data-done="Asked for: it is written in the conversation.">${label}</button></p>`;
}

/** Where a run's thread is in the chat. */
export function threadPath({ channel, id }: NonNullable<RunLine["thread"]>): string {
  return `/?channel=${encodeURIComponent(channel)}#t-${id}`;
}

function costOf(spend: Spend | null, calls: readonly CallLine[]): string {
  if (spend === null) return "No model was asked for this run and no call of it had a price, so it has cost nothing.";
  const held = spend.reservedUsd > 0 ? ` and ${cents(spend.reservedUsd)} held back for what is being asked` : "";
  const what = calls.some(({ kind }) => kind === "tool") ? "Models and paid calls have" : "Models have";
  return `${what} cost ${cents(spend.spentUsd)}${held} of the ${cents(spend.capUsd)} this run may spend, in ${count(calls.length, "call", "calls")}.`;
}

function boardOf(keys: readonly BoardKey[]): Html {
  if (keys.length === 0) return html`Nothing was written on its blackboard.`;
  return html`On its blackboard: ${keys.map(({ key, version, by, at }, i) => html`${i > 0 ? ", " : ""}<code>${key}</code> (version ${version} by ${by ?? "somebody"} at ${instant(at)})`)}.`;
}

const kinds: Readonly<Record<string, string>> = {
  tool: "calls",
  approve: "asks for approval,",
  notify: "tells",
  wait: "waits",
  agent: "hands over to",
};

/** The steps in their order; those of each part of a request under what it asks for. */
function stepsView(steps: readonly RunStep[], maySettle: boolean): readonly Html[] {
  const numbers = [...new Set(steps.map(({ part }) => part?.number ?? 0))];
  return numbers.map((number) => {
    const own = steps.filter(({ part }) => (part?.number ?? 0) === number);
    return html`${own[0]?.part ? html`<h3>${number}. ${own[0].part.title}</h3>` : ""}
    <ol class="list rows steps">${own.map((step) => stepView(step, maySettle))}</ol>`;
  });
}

function stepView(step: RunStep, maySettle: boolean): Html {
  return html`<li><strong>${step.part === null ? step.id : step.id.replace(/^part-\d+-/, "")}</strong> <small>${kinds[step.kind] ?? step.kind} ${step.about}${step.attempt > 1 ? `, try ${step.attempt}` : ""}${step.generation > 1 && step.looked === null ? `, done again ${step.generation === 2 ? "once" : `${step.generation - 1} times`}` : ""}${step.looked === null ? "" : `, looked ${step.looked.times === 1 ? "once" : `${step.looked.times} times`}`}</small> <span class="state ${step.state}">${step.state.replaceAll("_", " ")}</span>
    ${step.error === null ? "" : html`<p class="warn">${step.error}</p>`}
    ${step.effects.filter(({ state }) => state === "in_doubt").map((effect) => doubtView(effect, maySettle))}</li>`;
}

function doubtView(effect: RunEffect, maySettle: boolean): Html {
  const answers = [
    ["happened", "It happened"],
    ["did-not", "It did not happen"],
    ["stop", "Stop here"],
  ] as const;
  return html`<div class="card"><p>Steward called ${effect.tool} and does not know whether it happened. It will not be called again until somebody says so.</p>
    ${maySettle ? html`<p class="buttons">${answers.map(([answer, label]) => html`<button type="button" class="default" data-post="/api/effects/${effect.id}/answer" data-body="${JSON.stringify({ answer })}">${label}</button>`)}</p>` : ""}</div>`;
}
