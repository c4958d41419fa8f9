import type { Json, JsonObject } from "../domain/json.ts";

export type Environment = "staging" | "production";

/** What can be wrong with a service. A restart heals a memory leak and slowness; a bad deploy wants a rollback, a crash loop a repair. */
export type FaultKind = "crashloop" | "memory-leak" | "bad-deploy" | "slow";
export const faultKinds: readonly FaultKind[] = ["crashloop", "memory-leak", "bad-deploy", "slow"];

export interface Instance {
  readonly number: number;
  readonly status: "running" | "restarting" | "failing";
  /** ISO instant. */
  readonly startedAt: string;
  readonly restarts: number;
}

export interface Service {
  readonly name: string;
  readonly environment: Environment;
  readonly version: string;
  readonly fault: { readonly kind: FaultKind; readonly since: string } | null;
  readonly instances: readonly Instance[];
}

export interface LogLine {
  readonly at: string;
  readonly line: string;
}

export interface Deploy {
  readonly version: string;
  readonly by: string;
  readonly at: string;
}

export interface Grant {
  readonly person: string;
  readonly resource: string;
  readonly level: string;
  readonly grantedAt: string;
  readonly until: string | null;
  /** The key of the call that made it. */
  readonly grant: string;
}

/** One call as the provider saw it; `calls` counts how often its key arrived. */
export interface Operation {
  readonly key: string;
  readonly kind: string;
  readonly detail: JsonObject;
  readonly progress: number;
  readonly result: Json;
  readonly calls: number;
}

/** Where a service is: every method about one takes these three. */
export interface Where {
  readonly tenant: string;
  readonly service: string;
  readonly environment: Environment;
}

/** The trial company's own memory. What changes with a key happens once for that key, whoever asks and however often. */
export interface TrialStore {
  /** Creates services, instances and first deploys where they are missing. */
  seed(tenant: string): Promise<void>;
  now(): Promise<Date>;
  services(tenant: string): Promise<Service[]>;
  service(where: Where): Promise<Service | null>;
  logs(where: Where, limit: number): Promise<LogLine[]>;
  deploys(where: Where, limit: number): Promise<Deploy[]>;
  log(where: Where, line: string): Promise<void>;
  deploy(where: Where, version: string, by: string): Promise<void>;
  setFault(where: Where, fault: FaultKind | null): Promise<void>;
  /** Records that this key arrived, and says how far its work is. A key that was used for something else is a conflict. */
  begin(tenant: string, key: string, kind: string, detail: JsonObject): Promise<Operation>;
  /** Takes instance `number` down for this key; nothing happens unless it is that key's next one. */
  takeDown(where: Where, key: string, number: number): Promise<void>;
  /** Brings it up again and counts it, once; false when it was already done. */
  bringUp(where: Where, key: string, number: number): Promise<boolean>;
  /** Heals what a restart heals and stores the result; the first result stays. */
  finishRestart(where: Where, key: string, result: JsonObject): Promise<Json>;
  grant(call: {
    tenant: string;
    key: string;
    person: string;
    resource: string;
    level: string;
    forMs: number | null;
  }): Promise<Json>;
  /** With `grant`, only if that very grant is still in force: a newer one for the same person is left alone. */
  revoke(call: { tenant: string; key: string; person: string; resource: string; grant: string | null }): Promise<Json>;
  grants(tenant: string, person: string | null): Promise<Grant[]>;
  /** Adds an operation that has no key of ours, with its marker in the detail. */
  append(tenant: string, kind: string, detail: JsonObject, result: JsonObject): Promise<void>;
  /** The latest operation of a kind that carries this marker. */
  byMarker(tenant: string, kind: string, marker: string): Promise<Operation | null>;
  operations(tenant: string, kind: string): Promise<Operation[]>;
}
