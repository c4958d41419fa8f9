import type { Json, JsonObject } from "../domain/json.ts";

export type Environment = "staging" | "production";

/** What can be wrong with a service. */
export type FaultKind =
  | "crashloop"
  | "memory-leak"
  | "bad-deploy"
  | "config-change"
  | "slow"
  | "hung"
  | "traffic-spike"
  | "disk-full"
  | "noisy-neighbour"
  | "cert-expired";

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

/** A time during which something was wrong with one service. */
export interface Spell {
  readonly service: string;
  readonly kind: FaultKind;
  /** ISO instants; `until` is null while it lasts. */
  readonly since: string;
  readonly until: string | null;
}

export interface LogLine {
  readonly at: string;
  readonly line: string;
}

export interface Deploy {
  readonly version: string;
  readonly by: string;
  readonly at: string;
  readonly change: "version" | "configuration" | "rollback";
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
  /** What was or is wrong in an environment since an instant, oldest first. */
  spells(tenant: string, environment: Environment, since: Date): Promise<Spell[]>;
  /** The lines that were written, newest first; what the services say by themselves is in `chatter`. */
  logs(where: Where, limit: number): Promise<LogLine[]>;
  deploys(where: Where, limit: number): Promise<Deploy[]>;
  log(where: Where, line: string): Promise<void>;
  /** Another release ends a fault that the one before it brought, and brings back one that it had itself. */
  deploy(where: Where, version: string, by: string, change?: Deploy["change"]): Promise<void>;
  /** `brought`: the fault belongs to the release that runs now. */
  setFault(where: Where, fault: FaultKind | null, brought?: boolean): Promise<void>;
  /** Records that this key arrived, and says how far its work is. A key that was used for something else is a conflict. */
  begin(tenant: string, key: string, kind: string, detail: JsonObject): Promise<Operation>;
  /** Takes instance `number` down for this key; nothing happens unless it is that key's next one. */
  takeDown(where: Where, key: string, number: number): Promise<void>;
  /** Brings it up again and counts it, once; false when it was already done. */
  bringUp(where: Where, key: string, number: number): Promise<boolean>;
  /** Ends a fault of these kinds and stores the result; the first result stays. */
  finishRestart(where: Where, key: string, heals: readonly FaultKind[], result: JsonObject): Promise<Json>;
  /** Goes back to a version that was deployed before. Throws Fault("bad-request") for any other, and for the one that runs. */
  rollback(where: Where, key: string, toVersion: string, by: string): Promise<Json>;
  /** Adds or removes instances; twice as many as there were are enough for a crowd. */
  scale(where: Where, key: string, instances: number): Promise<Json>;
  /** Beside what the person has already: each grant ends on its own. */
  grant(call: {
    tenant: string;
    key: string;
    person: string;
    resource: string;
    level: string;
    forMs: number | null;
  }): Promise<Json>;
  /** With `grant`, that very grant, and any other of the same person is left alone; without it, all of them. */
  revoke(call: { tenant: string; key: string; person: string; resource: string; grant: string | null }): Promise<Json>;
  grants(tenant: string, person: string | null): Promise<Grant[]>;
  /** Adds an operation that has no key of ours, with its marker in the detail. */
  append(tenant: string, kind: string, detail: JsonObject, result: JsonObject): Promise<void>;
  /** What was done under this key, or null. */
  operation(tenant: string, key: string): Promise<Operation | null>;
  /** The latest operation of a kind that carries this marker. */
  byMarker(tenant: string, kind: string, marker: string): Promise<Operation | null>;
  operations(tenant: string, kind: string): Promise<Operation[]>;
}

/** Something the company's alerting has found, until it has told that it is over. */
export interface FoundAlert {
  readonly service: string;
  readonly environment: Environment;
  readonly name: string;
  /** ISO instants; `endsAt` is null while it fires. */
  readonly startsAt: string;
  readonly endsAt: string | null;
  /** What was told of it last, and when; the time also while somebody is about to tell. */
  readonly told: "firing" | "resolved" | null;
  readonly toldAt: string | null;
}

/** What the company's alerting remembers. */
export interface AlertStore {
  /** Those that fire, or of which it was not told yet that they are over. */
  found(tenant: string): Promise<FoundAlert[]>;
  /** Begins one; nothing happens where one of that name fires already. */
  fire(where: Where, name: string): Promise<void>;
  resolve(where: Where, name: string): Promise<void>;
  /** Takes on to tell of these. False when all of them were taken on since they were found: another replica tells. */
  claim(tenant: string, alerts: readonly FoundAlert[]): Promise<boolean>;
  told(tenant: string, alerts: readonly FoundAlert[]): Promise<void>;
}
