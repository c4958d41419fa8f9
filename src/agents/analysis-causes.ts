import type { Release } from "./analysis-evidence.ts";
import type { Clue } from "./analysis-logs.ts";
import { linesAbout, rose, type Signs } from "./analysis-signs.ts";
import { changeSentence, clock, noveltySentence, releaseName, releaseSentence } from "./analysis-words.ts";

/** Something that may be wrong with one service, and all that speaks for and against it. */
export interface Hypothesis {
  readonly service: string;
  readonly cause: string;
  /** The sum of what speaks for it, in natural log-odds. */
  readonly score: number;
  readonly evidence: readonly string[];
  readonly confirm: string;
  readonly remedy: Remedy;
}

export type Remedy =
  | { readonly action: "none" }
  | { readonly action: "restart" }
  | { readonly action: "rollback"; readonly toVersion: string }
  | { readonly action: "scale"; readonly instances: number };

/** One thing that speaks for (or, below zero, against) a cause; said only when there is a sentence for it. */
type Point = readonly [weight: number, sentence?: string];

const minute = 60_000;
const clocksApartMs = 15_000;
const mostInstances = 20;
/** What a cause is worth before anything speaks for it: rare. */
const rare = -2.5;

/** Every cause that something about this service speaks for. `others` are the services whose names may stand in its log. */
export function causesIn(signs: Signs, others: readonly string[]): readonly Hypothesis[] {
  const about = (clue: Clue): Point[] =>
    linesAbout(signs, clue, others)
      .slice(0, 1)
      .map((news) => [0, noveltySentence(service, news)]);
  const { service } = signs.seen;
  const { cpu, memory, disk, steal, errorRate, latencyMs, requestsPerS } = signs.changes;
  const said = (weight: number, clue: Clue): Point[] => about(clue).map(([, sentence]) => [weight, sentence ?? ""]);
  const changed = (weight: number, change: typeof cpu): Point[] =>
    change === undefined ? [] : [[weight, changeSentence(service, change)]];
  const pain = [
    ...changed(0.5, rose(errorRate) ? errorRate : undefined),
    ...changed(0.5, rose(latencyMs) ? latencyMs : undefined),
  ];
  const crowd = rose(requestsPerS) && requestsPerS.after >= requestsPerS.before * 1.5;
  const idle = cpu !== undefined && cpu.after < cpu.before * 0.4;
  const dead = rose(errorRate) && errorRate.after >= 80;
  const restart: Remedy = { action: "restart" };
  const make = (cause: string, remedy: Remedy, confirm: string, points: readonly Point[]): Hypothesis[] =>
    points.some(([weight]) => weight >= 1)
      ? [
          {
            service,
            cause,
            remedy,
            confirm,
            score: points.reduce((sum, [weight]) => sum + weight, rare),
            evidence: points.flatMap(([, sentence]) => (sentence === undefined ? [] : [sentence])),
          },
        ]
      : [];

  return [
    ...releasesOf(signs).flatMap((release) =>
      make(
        `${releaseName(release)} of ${service}, deployed by ${release.by} at ${clock(release.at)}, broke it`,
        remedyFor(signs, release),
        `Compare errors by version, or look whether ${service} recovers once ${releaseName(release)} is rolled back.`,
        [
          ...closeness(signs, release),
          ...pain,
          ...said(1.5, "code"),
          ...said(1.5, "settings"),
          ...said(0.5, "startup"),
          ...against(signs, others, ["disk", "certificate", "memory", "crowd", "steal", "hang", "pool"]),
          ...(crowd || rose(disk) || rose(steal) || memory?.shape === "ramp" || idle ? ([[-2]] as Point[]) : []),
        ],
      ),
    ),
    ...make(
      `${service} is running out of memory, as from a leak`,
      restart,
      `Take a heap profile of one instance, or look whether its memory grows again after a restart.`,
      [...(rose(memory) ? changed(memory.shape === "ramp" ? 3.5 : 1.5, memory) : []), ...said(2.5, "memory"), ...pain],
    ),
    ...make(
      `The instances of ${service} do not start: they fail and are started again and again`,
      { action: "none" },
      `Read the last lines of an instance before it ends, and look whether the files and settings it names are there.`,
      [
        ...(signs.failing > 0
          ? ([
              [3.5, `${signs.failing} of ${signs.seen.instances.length} instances of ${service} are failing`],
            ] as Point[])
          : []),
        ...said(1.5, "startup"),
        ...(memory !== undefined && memory.after < memory.before ? changed(1, memory) : []),
        ...pain,
      ],
    ),
    ...make(
      `More requests arrive at ${service} than it can carry`,
      { action: "scale", instances: enoughFor(signs) },
      `Look where the requests come from, and whether latency falls with more instances.`,
      [
        ...(crowd ? changed(3, requestsPerS) : []),
        ...said(1, "crowd"),
        ...(crowd && rose(cpu) ? changed(1, cpu) : []),
        ...pain,
      ],
    ),
    ...make(`The disk of ${service} is full`, restart, `Look at the free space on an instance and at what fills it.`, [
      ...(rose(disk) ? changed(disk.after >= 90 ? 3.5 : 2, disk) : []),
      ...said(2, "disk"),
      ...pain,
    ]),
    ...make(
      `Others on the same host take the CPU from ${service}`,
      restart,
      `Look at what else runs on its hosts, and whether an instance on another host is faster.`,
      [...(rose(steal) ? changed(3.5, steal) : []), ...said(1, "steal"), ...pain],
    ),
    ...make(
      `A certificate of ${service} has expired`,
      { action: "none" },
      `Read the dates of the certificate that ${service} presents.`,
      [
        ...said(4, "certificate"),
        ...(dead ? changed(1, errorRate) : []),
        ...(dead && latencyMs !== undefined && !rose(latencyMs) ? changed(1, latencyMs) : []),
        ...(idle ? changed(0.5, cpu) : []),
      ],
    ),
    ...make(
      `${service} hangs: its instances run and answer nothing`,
      restart,
      `Take a thread dump of one instance before it is restarted.`,
      [
        ...(dead && idle && signs.failing === 0 ? changed(2, cpu) : []),
        ...(dead && latencyMs !== undefined && latencyMs.after >= 10_000 ? changed(1, latencyMs) : []),
        ...(dead ? changed(0.5, errorRate) : []),
        ...said(2, "hang"),
      ],
    ),
    ...make(
      `Connections of ${service} to its database or to others are used up, and requests wait for a free one`,
      restart,
      `Look at the number of open connections and at the slowest queries.`,
      [
        ...said(3, "pool"),
        ...(rose(latencyMs) && latencyMs.after >= latencyMs.before * 4 && !rose(errorRate)
          ? changed(1.2, latencyMs)
          : []),
        ...(rose(cpu) && !crowd ? changed(1, cpu) : []),
        ...(rose(steal) || rose(memory) || crowd ? ([[-2]] as Point[]) : []),
      ],
    ),
  ].map(({ evidence, ...rest }) => ({ ...rest, evidence: [...new Set(evidence)] }));
}

/** Releases near the moment it began to hurt: none can be to blame for what was there before it. */
function releasesOf({ seen, pain, failing, changes }: Signs): readonly Release[] {
  const onset = pain?.onset ?? (failing > 0 ? Math.min(...Object.values(changes).map((change) => change.onset)) : null);
  if (onset === null) return [];
  return seen.deploys.filter(({ at }) => at <= onset + clocksApartMs && at >= onset - 15 * minute);
}

function closeness({ pain, seen }: Signs, release: Release): Point[] {
  if (pain === null) return [];
  const after = pain.onset - release.at;
  const newer = seen.deploys.some(({ at }) => at > release.at && at <= pain.onset);
  const weight = after < 0 ? 1 : after <= 90_000 ? 3 : after <= 5 * minute ? 1 : 0.2;
  return [[weight - (newer ? 1.5 : 0), `it began ${releaseSentence(release, pain.onset)}`]];
}

function against(signs: Signs, others: readonly string[], clues: readonly Clue[]): Point[] {
  return clues.some((clue) => linesAbout(signs, clue, others).length > 0) ? [[-2.5]] : [];
}

function remedyFor({ seen }: Signs, release: Release): Remedy {
  const before = seen.deploys.findLast(({ at, version }) => at < release.at && version !== release.version);
  return before === undefined ? { action: "none" } : { action: "rollback", toVersion: before.version };
}

function enoughFor({ seen, changes: { requestsPerS } }: Signs): number {
  const now = Math.max(1, seen.instances.length);
  const times = rose(requestsPerS) && requestsPerS.before > 0 ? requestsPerS.after / requestsPerS.before : 2;
  return Math.min(mostInstances, Math.max(2 * now, Math.ceil(now * times)));
}
