import type { HttpBindings } from "@hono/node-server";
import type { Context, Hono } from "hono";
import type { Field } from "../domain/card.ts";
import type { Person } from "../domain/incoming.ts";
import type { JsonObject } from "../domain/json.ts";
import type { Ledger } from "../model/model.ts";
import type { GateView, Happening, Reads, Run } from "./reads.ts";

/** Who is behind a change: a person, or an API key's id. Exactly one of them. */
export interface Actor {
  readonly by: Person | null;
  readonly keyId: string | null;
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
      readonly act: "pause" | "resume" | "cancel";
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

export type MessageButton =
  | { readonly label: string; readonly style: "primary" | "danger" | "default"; readonly token: string }
  | { readonly label: string; readonly style: "primary" | "danger" | "default"; readonly say: string };

/** A picture on a page: where it is fetched, what it shows in words, and its size in pixels. */
export interface PictureView {
  readonly src: string;
  readonly alt: string;
  readonly width: number;
  readonly height: number;
}

/** A message as the browser and the API get it. */
export interface ChatMessage {
  readonly id: string;
  readonly n: number;
  readonly thread: string | null;
  readonly from: string;
  readonly text: string;
  readonly card?: {
    readonly title: string;
    readonly fields: readonly Field[];
    readonly buttons: readonly MessageButton[];
    readonly picture?: PictureView;
    readonly outcome?: string;
    readonly link?: string;
  };
  readonly private?: true;
}

export interface ChatPage {
  readonly messages: readonly ChatMessage[];
  /** Ask `after` this for what is new or redrawn since. */
  readonly last: number;
}

/** The built-in chat. `say` and `list` throw a Fault (bad-request, not-found, forbidden) with the sentence to show. */
export interface Chat {
  say(said: {
    readonly tenant: string;
    readonly channel: string;
    readonly from: string;
    readonly text: string;
    readonly thread?: string;
    readonly deliveryKey?: string;
  }): Promise<{ readonly id: string }>;
  /** Hears what a button says, without posting it. Throws a Fault (not-found) when there is no such button. */
  repeat(pressed: {
    readonly tenant: string;
    readonly from: string;
    readonly message: string;
    readonly say: string;
    readonly deliveryKey: string;
  }): Promise<void>;
  list(query: {
    readonly tenant: string;
    readonly channel: string;
    readonly viewer: string;
    readonly after?: number;
  }): Promise<ChatPage>;
  channels(tenant: string): Promise<readonly { readonly id: string; readonly last: number }[]>;
  /** PNG, or null where this viewer sees no message with this picture. */
  picture(asked: {
    readonly tenant: string;
    readonly viewer: string;
    readonly message: string;
    readonly artifact: string;
  }): Promise<Buffer | null>;
  subscribe(query: {
    readonly tenant: string;
    readonly viewer: string;
    readonly signal: AbortSignal;
  }): AsyncGenerator<ChatPage & { readonly channel: string }, void, void>;
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

/** How a system outside has been doing. Instants are ISO texts. */
export interface ConnectorView {
  readonly connector: string;
  /** closed: it answers. open: it does not, and nothing is sent to it. half-open: one call is let through. */
  readonly state: "closed" | "open" | "half-open";
  /** Since when it is not closed. */
  readonly since: string | null;
  /** When it is asked again. */
  readonly againAt: string | null;
  /** What went wrong last, in its own words. */
  readonly because: string | null;
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
  /** Systems outside that are configured. */
  connectors(): readonly ConnectorView[];
  readonly trial: Trial | null;
}

export interface Settings {
  readonly tenant: string;
  readonly mode: "trial" | "production";
  readonly version: string;
  /** Signs session cookies; kept in the data folder so that a restart signs nobody out. */
  readonly sessionSecret: string;
}

/** Who a request comes from. */
export type Caller =
  | { readonly kind: "person"; readonly person: Person }
  | { readonly kind: "key"; readonly id: string; readonly scopes: readonly string[] }
  | { readonly kind: "nobody" };

/** What our Hono apps carry: the caller once known, and Node's request. */
export interface Env {
  Variables: { caller: Caller };
  Bindings: Partial<HttpBindings>;
}

/** The pages, mounted by whoever composes: the doors do not know them. */
export interface Pages {
  /** Adds the routes of the pages and their files. `closed` (production): every page answers 503 with this sentence. */
  mount(app: Hono<Env>, closed: string | null): void;
  /** A page for people that says what went wrong. */
  failed(c: Context<Env>, status: number, title: string, detail: string): Response | Promise<Response>;
}
