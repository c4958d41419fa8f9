import { html } from "hono/html";
import { askingTool, turnTool } from "../agents/turn.ts";
import { formatDuration } from "../domain/duration.ts";
import type { Json, JsonObject } from "../domain/json.ts";
import { shorten, showHidden } from "../domain/text.ts";
import type { GateView, RunEffect, TaskDetail } from "../http/reads.ts";
import type { CallLine } from "../model/model.ts";
import type { Html } from "./layout.ts";
import { markdown } from "./markdown.ts";
import { cents, count, instant, marked } from "./words.ts";

const states: Readonly<Record<string, string>> = {
  assigned: "waits for a place",
  thinking: "thinks",
  acting: "acts",
  waiting: "waits for people",
  reporting: "writes its report",
  overBudget: "asks whether it may spend more",
  passed: "went to another specialist",
  cancelled: "stopped",
};

/** Calls that a task makes for itself: they look at nothing and change nothing. */
const inner = [turnTool, askingTool, "agents.seat", "agents.found"];

/** What each specialist of a run did: what it looked at, what the model said to that, what it reported, what it asked people. */
export function tasksView(
  runId: string,
  tasks: readonly TaskDetail[],
  calls: readonly CallLine[],
  gates: readonly GateView[],
  mayResume: boolean,
): Html {
  if (tasks.length === 0) return html`<p class="empty-note">No specialist works on this run: its steps need none.</p>`;
  return html`${tasks.map((task) => {
    const turns = calls.filter(({ effectId }) => task.effects.some(({ id }) => id === effectId));
    return taskView(
      `/api/runs/${runId}/reports/${task.id}`,
      task,
      turns,
      gates.filter(({ taskId }) => taskId === task.id),
      mayResume,
    );
  })}`;
}

function taskView(
  file: string,
  task: TaskDetail,
  turns: readonly CallLine[],
  gates: readonly GateView[],
  mayResume: boolean,
): Html {
  const word = task.stuck !== null ? "stuck" : task.paused ? "paused" : (states[task.state] ?? task.state);
  const looks = task.effects.filter(({ tool }) => !inner.includes(tool));
  const failed = task.calls.filter(({ error }) => error !== null);
  return html`<section class="card task" id="task-${task.step}"><h3>${task.specialist} <small>${task.task.replaceAll("-", " ")}, step ${task.step}</small> <span class="state ${task.stuck !== null ? "stuck" : task.state}">${word}</span></h3>
    ${task.report === null ? "" : reportView(task.report, file)}
    ${task.error === null ? "" : html`<p class="warn">${task.error}</p>`}
    ${task.stuck === null ? "" : html`<p class="warn">Stuck: ${task.stuck}</p>${mayResume ? resumeView(task.id) : ""}`}
    ${gates.map(({ id, title, state }) => html`<p>It asked people: <a href="/gates/${id}">${title}</a> <span class="state ${state}">${state}</span></p>`)}
    ${looks.length === 0 ? html`<p class="empty-note">${task.done ? "It looked at nothing." : "It has looked at nothing yet."}</p>` : html`<h4>What it called</h4><ul class="calls">${looks.map(lookView)}</ul>`}
    ${failed.length === 0 ? "" : html`<ul class="calls">${failed.map(({ tool, error }) => html`<li class="warn">${tool}: ${error}</li>`)}</ul>`}
    ${turns.length === 0 ? html`<p class="empty-note">${unasked(task)}</p>` : html`<h4>What it cost</h4><ul class="calls">${turns.map(turnView)}</ul>`}
    ${task.withoutModel === null ? "" : html`<p>From there its playbook went on: ${task.withoutModel}.</p>`}</section>`;
}

/** It takes its mail again, with what it was stuck on or without. */
function resumeView(id: string): Html {
  const acts = { resume: "Resume", skip: "Skip what it is stuck on" };
  return html`<p class="buttons">${Object.entries(acts).map(
    ([act, label]) =>
      html`<button type="button" class="default" data-post="/api/agents/control/${id}" data-body="${JSON.stringify({ act })}">${label}</button>`,
  )}</p>`;
}

function unasked({ state, effects }: TaskDetail): string {
  if (effects.some(({ tool }) => tool === turnTool)) return "No model has answered it.";
  return state === "done" ? "No model was asked: it went by its playbook." : "No model was asked so far.";
}

/** What it found: its sentence, the causes it weighed, the page it wrote, which is also a file. */
function reportView(told: JsonObject, file: string): Html {
  const { summary, causes, report } = told;
  const weighed = (Array.isArray(causes) ? (causes as readonly Json[]) : []).map(causeView);
  return html`<p><strong>${marked(textOf(summary))}</strong></p>
    ${weighed.length === 0 ? "" : html`<ol class="causes">${weighed}</ol>`}
    ${typeof report === "string" ? html`<details><summary>The report</summary>${markdown(report)}<p><a href="${file}" download>Get it as a file</a></p></details>` : ""}
    <details><summary>All it reported</summary><pre>${showHidden(JSON.stringify(told, null, 2))}</pre></details>`;
}

/** Reports come from models and outside: any field may be missing. */
function causeView(cause: Json): Html {
  const { cause: what, service, confidence, evidence, confirm } = (cause ?? {}) as JsonObject;
  const percent = typeof confidence === "number" ? Math.round(confidence * 100) : null;
  const because = (Array.isArray(evidence) ? (evidence as readonly Json[]) : []).map(textOf);
  return html`<li>${percent === null ? "" : html`<meter min="0" max="100" value="${percent}">${percent} %</meter> ${percent} % `}<strong>${marked(textOf(what))}</strong> <small>${textOf(service)}</small>
    <ul>${because.map((each) => html`<li>${marked(each)}</li>`)}${textOf(confirm) === "" ? "" : html`<li>To confirm: ${textOf(confirm)}</li>`}</ul></li>`;
}

function lookView({ tool, args, state, askedAt, startedAt, endedAt }: RunEffect): Html {
  const begunAt = startedAt ?? askedAt;
  const tookMs = endedAt === null ? null : Date.parse(endedAt) - Date.parse(begunAt);
  return html`<li><code>${tool}(${shorten(argsOf(args), 300)})</code> <span>${instant(begunAt)}${tookMs === null ? "" : `, ${formatDuration(tookMs)}`}</span>${state === "done" ? "" : html` <span class="state ${state}">${state.replaceAll("_", " ")}</span>`}</li>`;
}

function argsOf(json: string): string {
  return Object.entries(JSON.parse(json) as JsonObject)
    .map(([name, value]) => `${name}: ${shorten(JSON.stringify(value), 80)}`)
    .join(", ");
}

function turnView({ model, usage, usd, state, failure, flagged, at }: CallLine): Html {
  const read = usage === null ? 0 : usage.input + usage.cacheRead + usage.cacheWrite5m + usage.cacheWrite1h;
  const tokens = usage === null ? "" : `, ${count(read, "token", "tokens")} read, ${usage.output} written`;
  return html`<li><code>${model}</code> <span>${instant(at)}${tokens}, ${cents(usd)}${flagged ? ", at the highest price since this model has none" : ""}</span>${state === "answered" ? "" : html` <span class="state ${state}">${state}</span>`}${failure === null ? "" : html` <span class="warn">${failure}</span>`}</li>`;
}

function textOf(value: Json | undefined): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}
