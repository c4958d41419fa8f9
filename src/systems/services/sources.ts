import type { z } from "zod";
import type { Json } from "../../domain/json.ts";
import type { ServiceState } from "../../domain/service.ts";

/** What runs of a service somewhere now. */
export interface Running {
  readonly version: string;
  readonly instances: z.output<typeof ServiceState>["instances"];
  /** The last change has reached every instance. */
  readonly settled: boolean;
}

/** Something that was deployed. */
export interface Deployed {
  readonly version: string;
  readonly by: string;
  /** ISO instant. */
  readonly at: string;
  readonly change: "version" | "configuration" | "rollback";
}

/** Where one service runs, in one environment. A change is made once for each effect id. */
export interface Runtime {
  readonly host: string;
  /** What is changed there, by whichever name: one change of it at a time. */
  readonly thing: string;
  readonly production: boolean;
  look(signal?: AbortSignal): Promise<Running>;
  /** Newest first; the first is what runs. */
  deploys(signal?: AbortSignal): Promise<readonly Deployed[]>;
  /** What an approval is bound to, as it was before this effect. */
  pin(effectId: string, toVersion: string | null): Promise<Json>;
  restart(effectId: string, signal: AbortSignal): Promise<void>;
  /** Gives the version that ran before. Throws Fault("bad-request") with the versions that are kept. */
  rollback(effectId: string, toVersion: string, signal: AbortSignal): Promise<string>;
  /** Gives how many there were before. */
  scale(effectId: string, instances: number, signal: AbortSignal): Promise<number>;
}

/** A span of time on evenly spaced points, the last of them `until`. */
export interface Grid {
  readonly until: Date;
  readonly stepMs: number;
  readonly points: number;
}

/** One figure over time: null where there was none. */
export interface Figure {
  readonly host: string;
  over(grid: Grid, signal: AbortSignal): Promise<readonly (number | null)[]>;
}

/** A service's log lines, newest first. */
export interface Lines {
  readonly host: string;
  search(
    wanted: { readonly since: Date; readonly until: Date; readonly limit: number },
    signal: AbortSignal,
  ): Promise<readonly { readonly at: string; readonly line: string }[]>;
}

/** Who deployed what, where a repository knows it. */
export interface Releases {
  readonly host: string;
  list(
    environment: string,
    signal: AbortSignal,
  ): Promise<readonly { readonly ref: string; readonly sha: string; readonly by: string; readonly at: string }[]>;
}

/** One service in one environment, with what is configured for it. */
export interface Placed {
  readonly service: string;
  readonly environment: string;
  readonly isProtected: boolean;
  readonly runtime: Runtime | null;
  readonly figures: Readonly<Record<string, Figure>>;
  readonly lines: Lines | null;
  readonly releases: Releases | null;
  readonly dependsOn: readonly string[];
}
