import type { JsonObject } from "../domain/json.ts";
import { causesIn, type Hypothesis } from "./analysis-causes.ts";
import { type Change, followed } from "./analysis-changes.ts";
import { readEvidence } from "./analysis-evidence.ts";
import { type Signs, signsOf } from "./analysis-signs.ts";
import { likelihood } from "./analysis-words.ts";

/** One possible cause. `confidence` is from 0 to 1; those of all causes and of "something else" add up to 1. */
export interface Cause {
  readonly cause: string;
  readonly service: string;
  readonly confidence: number;
  /** Sentences. They may quote what came from outside. */
  readonly evidence: readonly string[];
  /** What would confirm it. */
  readonly confirm: string;
}

export interface Ranking {
  readonly summary: string;
  /** The likeliest first, at most five; those under 3 % are left out. */
  readonly causes: readonly Cause[];
  readonly action: "rollback" | "restart" | "scale" | "none";
  /** The arguments of the action's tool; empty for "none". */
  readonly target: JsonObject;
  /** Whether nothing in the figures of the service is as it should not be, and no cause stands out. */
  readonly calm: boolean;
  /** Where no cause is clear: what helps against each that is possible, as people ask for it. */
  readonly could: Readonly<Partial<Record<"rollback" | "restart" | "scale", string>>>;
}

const sure = 0.5;
/** From here on a cause is called possible. */
const possible = 0.2;
const shown = 5;
const least = 0.03;
/** Two samples, and the time a call takes to fail. */
const lagMs = 45_000;
/** The part of a caller's trouble that its callee must have for it to be the same trouble. */
const mostOfIt = 0.7;

/**
 * What is most likely wrong. Each cause of each service seen is weighed by what speaks for it (as log-odds), and against the
 * possibility that it is none of them; a service whose trouble comes from one it calls is not the cause. Below even odds
 * there is no clear cause and nothing is proposed.
 */
export function rankCauses(asked: {
  readonly service: string;
  readonly environment: string;
  /** ISO instant. */
  readonly startedAt: string;
  readonly evidence: JsonObject;
}): Ranking {
  const observed = readEvidence(asked.service, asked.evidence);
  const names = observed.map(({ service }) => service);
  const started = Date.parse(asked.startedAt);
  const startedAt = Number.isNaN(started) ? Number.POSITIVE_INFINITY : started;
  const all = observed.map((seen) =>
    signsOf(
      seen,
      Math.min(startedAt, lastOf(seen)),
      names.filter((name) => name !== seen.service),
    ),
  );
  const subject = all[0];
  const hypotheses = all.flatMap((signs) =>
    causesIn(
      signs,
      names.filter((name) => name !== signs.seen.service),
    ).map((one) => placed(one, signs, all, asked.service)),
  );
  const unknown = Math.exp(subject?.pain == null && subject?.failing === 0 ? 1.5 : 0);
  const total = hypotheses.reduce((sum, { score }) => sum + Math.exp(score), unknown);
  const ranked = hypotheses
    .map((one) => ({ ...one, confidence: Math.min(0.97, Math.exp(one.score) / total) }))
    .sort((a, b) => b.confidence - a.confidence);
  const [first] = ranked;
  const causes = ranked
    .filter(({ confidence }) => confidence >= least)
    .slice(0, shown)
    .map(
      ({ cause, service, confidence, evidence, confirm }): Cause => ({
        cause,
        service,
        confidence: Math.round(confidence * 100) / 100,
        evidence,
        confirm,
      }),
    );
  if (first === undefined || first.confidence < sure)
    return {
      summary: `No clear cause for the trouble of ${asked.service} in ${asked.environment}${guess(causes)}.`,
      causes,
      action: "none",
      target: {},
      calm: subject !== undefined && isCalm(subject),
      could: remediesOf(ranked, asked.environment),
    };
  const { action, ...more } = first.remedy;
  return {
    summary: `${capital(likelihood(first.confidence))}: ${first.cause}.`,
    causes,
    action,
    target: action === "none" ? {} : { service: first.service, environment: asked.environment, ...more },
    calm: false,
    could: {},
  };
}

function isCalm({ pain, failing, seen }: Signs): boolean {
  const isSeen = Object.values(seen.metrics).some((values) => values.length > 0);
  return isSeen && pain === null && failing === 0;
}

/** What helps against causes that are possible, the likeliest first: one sentence for each thing that can be done. */
function remediesOf(ranked: readonly Hypothesis[], environment: string): Ranking["could"] {
  const could: Partial<Record<"rollback" | "restart" | "scale", string>> = {};
  for (const { confidence, remedy, service } of ranked as readonly (Hypothesis & { readonly confidence: number })[]) {
    if (confidence < possible) continue;
    if (remedy.action === "rollback")
      could.rollback ??= `roll back ${service} in ${environment} to ${remedy.toVersion}`;
    if (remedy.action === "restart") could.restart ??= `restart ${service} in ${environment}`;
    if (remedy.action === "scale") could.scale ??= `scale ${service} in ${environment} to ${remedy.instances}`;
  }
  return could;
}

function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function guess([first]: readonly Cause[]): string {
  return first === undefined ? "" : `; the nearest guess: ${first.cause}`;
}

/** The hypothesis where it is: its service may suffer from one that it calls, or make those suffer that call it. */
function placed(one: Hypothesis, signs: Signs, all: readonly Signs[], subject: string): Hypothesis {
  const culprit = all.find((callee) => signs.seen.calls.includes(callee.seen.service) && explains(callee, signs));
  if (culprit !== undefined) return { ...one, score: one.score - 4 };
  if (signs.seen.service === subject) return { ...one, score: one.score + 0.5 };
  const path = pathTo(signs, all, subject);
  if (path.length === 0) return { ...one, score: one.score - 4 };
  const sentences = path.map(([caller, callee]) => followSentence(caller, callee));
  const blamed = path.filter(([caller, callee]) => caller.blames.includes(callee.seen.service)).length;
  return {
    ...one,
    score: one.score + 1 + (blamed === path.length ? 1 : 0),
    evidence: [...one.evidence, ...sentences],
  };
}

/** Whether what the caller suffers is what its callee suffers: a little earlier and about as much. Errors tell more than latency. */
function explains(callee: Signs, caller: Signs): boolean {
  const [theirs, ours] = caller.pain?.errors
    ? [caller.pain.errors, callee.pain?.errors]
    : [caller.pain?.latency, callee.pain?.latency];
  if (theirs == null || ours == null) return false;
  return ours.onset <= theirs.onset + lagMs && riseOf(ours) >= riseOf(theirs) * mostOfIt;
}

function riseOf({ before, after }: Change): number {
  return after - before;
}

/** The calls that carry the trouble from this service up to the subject, the lowest first; none when it does not arrive there. */
function pathTo(
  signs: Signs,
  all: readonly Signs[],
  subject: string,
  passed: readonly Signs[] = [],
): readonly (readonly [Signs, Signs])[] {
  for (const caller of all) {
    if (passed.includes(caller) || !caller.seen.calls.includes(signs.seen.service) || !explains(signs, caller))
      continue;
    if (caller.seen.service === subject) return [[caller, signs]];
    const rest = pathTo(caller, all, subject, [...passed, signs]);
    if (rest.length > 0) return [[caller, signs], ...rest];
  }
  return [];
}

function followSentence(caller: Signs, callee: Signs): string {
  const metric = caller.pain?.errors ? "errorRate" : "latencyMs";
  const name = metric === "errorRate" ? "the errors" : "slow answers";
  const { r, lag } = followed(callee.seen.metrics[metric] ?? [], caller.seen.metrics[metric] ?? [], 8);
  const later = lag === 0 ? "at once" : `${Math.round((lag * caller.seen.stepMs) / 1000)} s later`;
  return `${caller.seen.service} calls ${callee.seen.service}, and ${name} of ${caller.seen.service} follow ${later} (correlation ${r.toFixed(2)})`;
}

function lastOf({ since, stepMs, metrics }: Signs["seen"]): number {
  return since + stepMs * Math.max(0, ...Object.values(metrics).map((values) => values.length - 1));
}
