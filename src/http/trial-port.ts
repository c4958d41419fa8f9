import type { Person } from "../domain/incoming.ts";

export interface TrialService {
  readonly name: string;
  readonly environment: string;
  readonly version: string;
  readonly fault: string | null;
  /** What its figures say is wrong now, as sentences. */
  readonly ails: readonly string[];
  readonly instances: readonly {
    readonly number: number;
    readonly status: string;
    readonly startedAt: string;
    readonly restarts: number;
  }[];
  /** Oldest first, evenly spaced; the unit belongs to the label. */
  readonly charts: readonly { readonly label: string; readonly values: readonly number[] }[];
  readonly log: readonly { readonly at: string; readonly line: string }[];
}

/** The simulated company; null outside trial mode. Unknown names throw a Fault with the sentence to show. */
export interface Trial {
  overview(tenant: string): Promise<{
    readonly services: readonly TrialService[];
    readonly grants: readonly {
      readonly person: string;
      readonly name: string;
      readonly resource: string;
      readonly level: string;
      readonly until: string | null;
    }[];
    /** Issues at the company's desk, as they stand now. */
    readonly issues: readonly {
      readonly issue: string;
      readonly title: string;
      readonly text: string;
      readonly closed: boolean;
    }[];
  }>;
  /** The names `break` knows. */
  readonly faults: readonly string[];
  break(what: {
    readonly tenant: string;
    readonly service: string;
    readonly environment: string;
    readonly fault: string;
    readonly by: Person;
  }): Promise<{ readonly sentence: string }>;
  mend(what: {
    readonly tenant: string;
    readonly service: string;
    readonly environment: string;
    readonly by: Person;
  }): Promise<{ readonly sentence: string }>;
}
