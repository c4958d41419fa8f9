import type { Change } from "./analysis-changes.ts";
import type { Release } from "./analysis-evidence.ts";
import type { Novelty } from "./analysis-logs.ts";

const names: Readonly<Record<string, readonly [name: string, unit: string]>> = {
  errorRate: ["the error rate", " %"],
  latencyMs: ["latency", " ms"],
  cpu: ["CPU", " %"],
  memory: ["memory", " %"],
  disk: ["disk use", " %"],
  requestsPerS: ["the number of requests", " a second"],
  steal: ["CPU taken by others on the host", " %"],
};

/** What a metric is called at the beginning of a line, and its unit with the blank before it. */
export function metricWords(metric: string): { readonly name: string; readonly unit: string } {
  const [name, unit] = names[metric] ?? [metric, ""];
  const bare = name.replace(/^the /, "");
  return { name: `${bare.charAt(0).toUpperCase()}${bare.slice(1)}`, unit };
}

/** "the error rate of checkout rose from 0.2 % to 35.1 % at 2026-05-01 12:03:10 UTC". */
export function changeSentence(service: string, { metric, before, after, onset, shape }: Change): string {
  const [name, unit] = names[metric] ?? [metric, ""];
  const moved =
    shape === "ramp" ? (after > before ? "has been growing" : "has been falling") : after > before ? "rose" : "fell";
  const when = shape === "ramp" ? "since" : "at";
  return `${name} of ${service} ${moved} from ${figure(before)}${unit} to ${figure(after)}${unit} ${when} ${clock(onset)}`;
}

/** How likely something of this confidence (0 to 1) is, in words; the figure itself is on the run's page. */
export function likelihood(confidence: number): string {
  if (confidence >= 0.9) return "very likely";
  if (confidence >= 0.5) return "likely";
  return confidence >= 0.2 ? "possible" : "not likely";
}

/** ", 40 s after version 1.4.3 was deployed by ben" said of something that began at `at`. */
export function releaseSentence(release: Release, at: number): string {
  return `${gap(at - release.at)} ${releaseName(release)} was deployed by ${release.by}`;
}

/** "version 1.4.3", "the configuration 1.4.2+config.1". */
export function releaseName({ version, change }: Release): string {
  return change === "configuration" ? `the configuration ${version}` : `version ${version}`;
}

/** “ERROR …” has been in the log of checkout since 2026-05-01 12:03:10 UTC, 12 times. */
export function noveltySentence(service: string, { line, at, count }: Novelty): string {
  const times = count === 1 ? "once" : `${count} times`;
  return `“${line.slice(0, 160)}” is new in the log of ${service} since ${clock(at)}, ${times}`;
}

/** "2026-05-01 12:03:10 UTC": with its day, so that it can be shown in a reader's own zone. */
export function clock(at: number): string {
  const when = new Date(at);
  return Number.isNaN(when.getTime()) ? "an unknown time" : `${when.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

function gap(ms: number): string {
  if (Math.abs(ms) < 5000) return "just when";
  const far = Math.abs(ms);
  const length = far < 120_000 ? `${Math.round(far / 1000)} s` : `${Math.round(far / 60_000)} minutes`;
  return ms > 0 ? `${length} after` : `${length} before`;
}

/** A value as people say it: whole from a hundred on. */
export function figure(value: number): string {
  return String(Math.abs(value) >= 100 ? Math.round(value) : Math.round(value * 10) / 10);
}
