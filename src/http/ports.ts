import type { Person } from "../domain/incoming.ts";
import type { JsonObject } from "../domain/json.ts";
import type { EffectClass, Risk } from "../domain/tool.ts";
import type { Ledger } from "../model/model.ts";
import type { Chat } from "./chat-port.ts";
import type { GateView, Happening, Reads, Run } from "./reads.ts";
import type { Trial } from "./trial-port.ts";

/** Who is behind a change: a person, or an API key's id. Exactly one of them. */
export interface Actor {
  readonly by: Person | null;
  readonly keyId: string | null;
  /** Of a key: it may read the audit. */
  readonly audits?: true;
}

export type Act = "cancel" | "pause" | "resume" | "skip" | "again";

export type Outcome =
  | { readonly kind: "done"; readonly sentence: string }
  | { readonly kind: "refused"; readonly because: string; readonly sentence: string }
  | { readonly kind: "missing" };

export interface Runs {
  /** Starts the definition of that name. `key` makes it once: the same key again answers the same run. */
  startByName(start: {
    readonly tenant: string;
    readonly name: string;
    readonly description?: string;
    readonly priority?: string;
    readonly context: JsonObject;
    readonly by: Person | null;
    readonly keyId: string | null;
    readonly key: string;
  }): Promise<
    | { readonly kind: "started"; readonly runId: string }
    | { readonly kind: "unknown"; readonly near: readonly string[] }
    | { readonly kind: "invalid"; readonly problems: readonly string[] }
  >;
  control(
    act: Actor & {
      readonly tenant: string;
      readonly runId: string;
      readonly act: Act;
      /** Why it is cancelled, for whoever asked. */
      readonly reason?: string | undefined;
    },
  ): Promise<Outcome>;
  /** A person's word on an effect in doubt. */
  answer(
    answer: Actor & {
      readonly tenant: string;
      readonly effectId: string;
      readonly answer: "happened" | "did-not" | "stop";
    },
  ): Promise<Outcome>;
}

/** Tasks of specialists that are given by name, each a run of its own. */
export interface Agents {
  /** `key` makes it once: the same key again answers the same task. */
  spawn(
    spawn: Actor & {
      readonly tenant: string;
      readonly specialist: string;
      readonly task: string;
      readonly input: JsonObject;
      readonly key: string;
    },
  ): Promise<
    | { readonly kind: "spawned"; readonly workflowId: string; readonly agentId: string }
    | { readonly kind: "refused"; readonly sentence: string; readonly near: readonly string[] }
  >;
  /** Judged like what is done to the run the task belongs to. */
  control(
    act: Actor & {
      readonly tenant: string;
      readonly taskId: string;
      readonly runId: string;
      readonly act: "pause" | "resume" | "skip" | "cancel";
    },
  ): Promise<Outcome>;
}

export type Pressed =
  | {
      readonly kind: "decided";
      readonly outcome: "approved" | "denied" | "counted" | "changed";
      readonly sentence: string;
    }
  /** More is needed first: press again with these values. */
  | {
      readonly kind: "form";
      readonly fields: readonly {
        readonly name: string;
        readonly label: string;
        readonly required: boolean;
        readonly value?: string;
      }[];
    }
  | { readonly kind: "refused"; readonly because: string; readonly sentence: string }
  | { readonly kind: "missing" };

/** How a press is made, whatever it was pressed on. */
export interface Press {
  readonly tenant: string;
  readonly person: Person;
  readonly values: Readonly<Record<string, string>>;
  readonly deliveryKey: string;
  readonly surface: "web";
}

export interface Gates {
  press(press: Press & { readonly token: string }): Promise<Pressed>;
  /** The same decision without a card's token: the gate's own page. */
  decide(press: Press & { readonly gateId: string; readonly answer: "approve" | "deny" | "change" }): Promise<Pressed>;
  /** Whether this person's answer would count now. Pure. */
  mayAnswer(person: Person, gate: GateView): boolean;
}

export interface AuditReport {
  readonly ok: boolean;
  readonly entries: number;
  readonly streams: number;
  readonly erased: number;
  /** The first bad entry and what was done to it. */
  readonly first?: { readonly stream: string; readonly seq: number; readonly kind: string; readonly sentence: string };
  /** What cannot be seen yet, in words. */
  readonly limits: readonly string[];
}

export interface Audit {
  verify(tenant: string): Promise<AuditReport>;
  /** JSON lines, each with its line end. */
  export(tenant: string): AsyncIterable<string>;
  /** Records that a door turned something away. Samples above 100 a minute itself. */
  refuse(refusal: {
    readonly tenant: string;
    readonly stream: "auth" | "ingress";
    readonly because: string;
    readonly by: string | null;
    readonly door: string;
  }): Promise<void>;
}

export interface Health {
  components(): Promise<{
    readonly components: Readonly<Record<string, "healthy" | "degraded" | "unhealthy">>;
    readonly sentence?: string;
  }>;
}

export interface Keys {
  bySecret(secret: string): Promise<{ readonly id: string; readonly scopes: readonly string[] } | null>;
  /** Every key that was ever made, the oldest first. */
  all(): Promise<readonly { readonly id: string; readonly name: string; readonly revoked: boolean }[]>;
}

export interface People {
  person(tenant: string, id: string): Promise<Person | null>;
  all(tenant: string): Promise<readonly Person[]>;
  /** Who may do what. `requesterId` is whose run it is about, where it is about one. Pure. */
  permits(
    person: Person,
    action: Act | "settle" | "start-run" | "see-runs" | "read-audit" | "break-service",
    about?: { readonly requesterId: string | null },
  ): boolean;
}

/** What people can ask for, for the help page. */
export interface Intents {
  all(): readonly { readonly name: string; readonly summary: string; readonly examples: readonly string[] }[];
}

/** How a system outside has been doing. Instants are ISO texts. */
export interface ConnectorView {
  readonly connector: string;
  /** What people call it, where that is another. */
  readonly name?: string;
  /** closed: it answers. open: it does not, and nothing is sent to it. half-open: one call is let through. */
  readonly state: "closed" | "open" | "half-open";
  /** Since when it is not closed. */
  readonly since: string | null;
  /** When it is asked again. */
  readonly againAt: string | null;
  /** What went wrong last, in its own words. */
  readonly because: string | null;
}

/** A tool and what it declares of itself. */
export interface ToolView {
  readonly name: string;
  readonly summary: string;
  /** Whose it is: "Steward", "the connector github", "the MCP server wiki, pinned as 5f2c11aa". */
  readonly from: string;
  /** Every risk a call of it may have, the least first. */
  readonly risks: readonly Risk[];
  readonly effect: EffectClass;
  /** Hosts it may reach; "*" is a program of its own, which cannot be kept to any. */
  readonly egress: readonly string[];
  readonly timeoutMs: number;
  /** US dollars a call; null: nothing. */
  readonly costUsd: number | null;
  /** Whether there is a call that takes one of it back; else why not, or null where it only reads. */
  readonly takesBack: boolean;
  readonly final: string | null;
  /** Whether it says before an approval what it would do. */
  readonly dryRun: boolean;
}

/** When people are not to be disturbed. */
export interface Quiet {
  /** A person's quiet hours as a sentence, and in minutes after midnight in their zone; null: they have none. */
  of(
    tenant: string,
    person: Person,
  ): Promise<{
    readonly sentence: string;
    readonly hours: { readonly from: number; readonly to: number } | null;
    readonly zone: string;
  }>;
  /** Sets them as they are said: "22:00 to 7:00" or "off". Throws Fault("bad-request") with what to write instead. */
  set(tenant: string, personId: string, said: string): Promise<string>;
}

/** A workflow that somebody took into use. */
export interface UsedWorkflow {
  readonly name: string;
  readonly by: string | null;
  /** R-... of the run that did it. */
  readonly run: string;
  /** ISO instant. */
  readonly at: string;
}

/** Everything the doors and the pages need from other rooms. */
export interface Ports {
  readonly runs: Runs;
  readonly agents: Agents;
  readonly gates: Gates;
  readonly chat: Chat;
  readonly audit: Audit;
  readonly health: Health;
  readonly keys: Keys;
  readonly people: People;
  readonly reads: Reads;
  /** What was spent on models. */
  readonly spend: Pick<Ledger, "spend" | "calls">;
  readonly intents: Intents;
  readonly quiet: Quiet;
  /** What happened in a run, in order. Pure. */
  story(run: Run): readonly Happening[];
  /** What can be done here, by name. */
  tools(): readonly ToolView[];
  /** Systems outside that are configured. */
  connectors(): readonly ConnectorView[];
  /** Workflows that people took into use, beside those of the folder, in the order they did. */
  inUse(): Promise<readonly UsedWorkflow[]>;
  readonly trial: Trial | null;
}
