import { html } from "hono/html";
import { formatDuration } from "../domain/duration.ts";
import { shortId } from "../domain/ids.ts";
import { showHidden } from "../domain/text.ts";
import type { RunCounts, RunFilter, RunLine } from "../http/reads.ts";
import type { Html } from "./layout.ts";
import type { Names } from "./words.ts";
import { instant, marked, who } from "./words.ts";

/** What was chosen on the page of all runs, as it stands in its address; "" is any. */
export type Chosen = Readonly<Record<"q" | "state" | "workflow" | "requester", string>>;

/** Runs on one page. */
export const listed = 50;
/** The workflow whose runs are looked for most has a choice of its own. */
const incidents = "incident";
const states = ["open", "ended", "failed"] as const;

/** What the list of runs shows. */
interface RunsView {
  readonly chosen: Chosen;
  readonly viewer: string;
  /** Whether runs of others may be seen. */
  readonly seesAll: boolean;
  /** At most one more than fits: then there are more. */
  readonly open: readonly RunLine[];
  readonly ended: readonly RunLine[];
  /** Not the first page of them. */
  readonly isLater: boolean;
  readonly counts: RunCounts;
  readonly names: Names;
}

/** What was chosen, without what is no choice. */
export function readable(chosen: Chosen): Chosen {
  return { ...chosen, state: states.find((known) => known === chosen.state) ?? "" };
}

export function filterOf({ q, state, workflow, requester }: Chosen): RunFilter {
  return {
    words: q || undefined,
    state: states.find((known) => known === state),
    workflow: workflow || undefined,
    requesterId: requester || undefined,
  };
}

/** Runs to choose from: those that are open first, then what has ended, the newest first. */
export function runsPage(view: RunsView): Html {
  const { chosen, open, ended, isLater } = view;
  const isNone = open.length + ended.length === 0;
  return html`<h1>Runs</h1>
    ${searchForm(view)}
    <div data-live>${choices(view)}
    ${isNone ? emptyView(view) : ""}
    ${sectionView("Open", open, { ...chosen, state: "open" }, "More open runs")}
    ${sectionView(chosen.state === "failed" ? "Failed" : isLater ? "Ended before" : "Ended", ended, chosen, "Older runs")}
    ${isLater ? html`<p><a href="${addressOf(chosen)}">The newest runs</a></p>` : ""}</div>`;
}

function searchForm({ chosen, seesAll, counts, names }: RunsView): Html {
  const choice = (
    name: "workflow" | "requester",
    label: string,
    any: string,
    all: Iterable<readonly [string, string]>,
  ) => {
    const known = new Map([
      ...all,
      ...(chosen[name] === "" ? [] : [[chosen[name], who(chosen[name], names)] as const]),
    ]);
    return html`<label>${label} <select name="${name}"><option value="">${any}</option>${[...known].map(([value, words]) => html`<option value="${value}" ${value === chosen[name] ? html`selected` : ""}>${words}</option>`)}</select></label>`;
  };
  return html`<form class="search" method="get" action="/runs" role="search" aria-label="Search the runs">
    <label class="long">Title or number <input name="q" type="search" value="${chosen.q}" placeholder="checkout production, or R-ABC123" maxlength="200"></label>
    ${choice(
      "workflow",
      "Workflow",
      "any",
      counts.workflows.map(({ name }) => [name, name] as const),
    )}
    ${seesAll ? choice("requester", "Who asked", "anybody", names) : ""}
    ${chosen.state === "" ? "" : html`<input type="hidden" name="state" value="${chosen.state}">`}
    <button type="submit" class="primary">Search</button></form>`;
}

/** What is looked for most, each with how many there are; a choice that is made is taken back by the same link. */
function choices({ chosen, viewer, seesAll, counts }: RunsView): Html {
  const link = (label: string, runs: number, made: boolean, then: Partial<Chosen>) => {
    const address = addressOf({ ...chosen, ...then });
    return html`<a href="${address}" ${made ? html`aria-current="true"` : ""}>${label} <span>${runs}${counts.isMore ? "+" : ""}</span></a>`;
  };
  const toggle = (label: string, runs: number, key: keyof Chosen, value: string) =>
    link(label, runs, chosen[key] === value, { [key]: chosen[key] === value ? "" : value });
  const isAll = [chosen.state, chosen.workflow, chosen.requester].every((one) => one === "");
  const ofIncidents = counts.workflows.find(({ name }) => name === incidents)?.runs ?? 0;
  return html`<nav class="choices" aria-label="Which runs">
    ${link("All", counts.all, isAll, { state: "", workflow: "", requester: "" })}
    ${toggle("Open", counts.open, "state", "open")}
    ${seesAll ? toggle("Mine", counts.mine, "requester", viewer) : ""}
    ${toggle("Failed", counts.failed, "state", "failed")}
    ${toggle("Incidents", ofIncidents, "workflow", incidents)}</nav>`;
}

function sectionView(title: string, runs: readonly RunLine[], chosen: Chosen, more: string): Html | "" {
  const shown = runs.slice(0, listed);
  const last = shown.at(-1);
  if (last === undefined) return "";
  const isMore = runs.length > listed;
  return html`<h2>${title}</h2>${listOf(shown)}
    ${isMore ? html`<p><a href="${addressOf({ ...chosen, before: last.id })}">${more}</a></p>` : ""}`;
}

const none: Readonly<Record<string, string>> = {
  open: "No run is open.",
  ended: "No run has ended.",
  failed: "No run has failed.",
};

/** Nothing there: what to do instead. */
function emptyView({ chosen, names, isLater }: RunsView): Html {
  const words: Chosen = {
    q: `“${chosen.q}”`,
    state: chosen.state,
    workflow: `the workflow ${chosen.workflow}`,
    requester: `asked for by ${who(chosen.requester, names)}`,
  };
  const made = (Object.keys(words) as (keyof Chosen)[]).filter((name) => chosen[name] !== "");
  if (isLater) return html`<p class="empty-note">There are no older ones.</p>`;
  if (made.length === 1 && chosen.state !== "")
    return html`<p class="empty-note">${none[chosen.state] ?? ""} <a href="/runs">All runs</a></p>`;
  return made.length === 0
    ? html`<p class="empty-note">No runs here. Ask for something in the <a href="/">chat</a>.</p>`
    : html`<p class="empty-note">No run fits all of this. Leave out:</p>
    <ul>${made.map((name) => html`<li><a href="${addressOf({ ...chosen, [name]: "" })}">${words[name]}</a></li>`)}</ul>`;
}

function addressOf(query: Readonly<Record<string, string>>): string {
  const given = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== ""));
  return given.size === 0 ? "/runs" : `/runs?${given}`;
}

/** What whoever follows a name or an address of no run reads; the same where it is not theirs to see. */
export function noRunPage(asked: string, newest: readonly RunLine[]): Html {
  return html`<h1>No run ${showHidden(asked)}</h1>
    <p>There is no run of this name, or it is not yours to see. Anybody can write a name such as R-ABC123 in the chat: that makes no run of it.</p>
    ${newest.length === 0 ? html`<p>Ask for something in the <a href="/">chat</a>, and its run appears here.</p>` : html`<h2>The newest runs</h2>${listOf(newest)}<p><a href="/runs">All runs</a></p>`}`;
}

function listOf(runs: readonly RunLine[]): Html {
  return html`<ul class="list">${runs.map(
    (run) => html`<li><a href="/runs/${run.id}"><strong>${run.title}</strong> ${stateView(run)}
      <span><code>${shortId(run.id)}</code> ${run.name} · ${run.requesterName ?? run.requesterId ?? "a program"} · ${instant(run.createdAt)} · ${formatDuration(run.durationMs)}</span>${waitsView(run)}</a></li>`,
  )}</ul>`;
}

/** What it waits for, unless it stands still for another reason. */
export function waitsView({ waitsFor, paused, stuck }: RunLine): Html | "" {
  return waitsFor === null || paused || stuck !== null ? "" : html`<span>${marked(waitsFor, false)}</span>`;
}

export function stateView(run: RunLine): Html {
  const word = run.stuck !== null ? "stuck" : run.paused ? "paused" : run.state;
  return html`<span class="state ${word}">${word}</span>`;
}
