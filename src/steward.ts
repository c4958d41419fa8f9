import type { WebChat } from "./adapters/web/chat.ts";
import type { Specialist } from "./agents/index.ts";
import type { AuditReport } from "./audit/verify.ts";
import type { Settings } from "./config/settings.ts";
import type { Connectors } from "./connectors.ts";
import type { Person } from "./domain/incoming.ts";
import type { IntentSpec } from "./domain/intent.ts";
import type { AnyTool } from "./domain/tool.ts";
import type { Ports } from "./http/ports.ts";
import type { Hook, HookIntake } from "./inbox/hook.ts";
import type { Objection } from "./inbox/objection.ts";
import type { Rejection } from "./inbox/refuse.ts";
import type { ChatPlatform, Intake } from "./messages/platform.ts";
import type { Messenger } from "./messenger.ts";
import type { Kernel } from "./orchestrator/kernel.ts";
import type { Queue } from "./orchestrator/queue.ts";
import type { Database } from "./store/database.ts";
import type { Taken } from "./store/roster.ts";
import type { InWords } from "./systems/record/story.ts";
import type { TrialCompany } from "./trial/trial.ts";
import type { Definition } from "./workflow/index.ts";

/** One running Steward: what its doors, commands and server have of it. `compose` makes it. */
export interface Steward {
  readonly tenant: string;
  readonly db: Database;
  readonly queue: Queue;
  readonly kernel: Kernel;
  readonly chat: WebChat;
  /** Chat platforms that are configured, each with the intake it hands over to. */
  readonly platforms: readonly { readonly platform: ChatPlatform; readonly intake: Intake }[];
  /** Systems that tell what happens, and who takes it. */
  readonly webhooks: { readonly hooks: readonly Hook[]; readonly take: HookIntake };
  readonly trial: TrialCompany | null;
  readonly definitions: ReadonlyMap<string, Definition>;
  /** Workflows that people took into use, beside those of the folder; brings `definitions` up to what any process changed. */
  inUse(): ReturnType<Ports["inUse"]>;
  /** Resolves once `definitions` holds what people took into use anywhere until now. */
  refreshed(): Promise<void>;
  /** A sentence about the definitions that are not there, because no system offers what they need; or null. */
  readonly leftOut: string | null;
  /** Everything people can ask for: what ships, and what definitions bring themselves. */
  readonly intents: readonly IntentSpec[];
  /** Why what is about to begin could only fail. */
  readonly objection: Objection;
  readonly specialists: readonly Specialist[];
  readonly tools: ReadonlyMap<string, AnyTool>;
  /** What a call does in words, its arguments given as JSON; null where no tool here takes them. */
  readonly inWords: InWords;
  /** When people are not to be disturbed. */
  readonly quiet: Messenger["quiet"];
  readonly sessionSecret: string;
  /** Keeps a definition that was made here, so that runs of it can begin. */
  bring(definition: Definition): Promise<void>;
  people(): Promise<Person[]>;
  person(id: string): Promise<Person | null>;
  /** Reads anew the roles that groups of chat platforms bring somebody. Throws a Fault where that cannot be known now. */
  freshenRoles(personId: string): Promise<void>;
  /** Puts on record that a door turned something away. */
  refuse(rejection: Rejection): Promise<void>;
  /** Brings persons, roles and identities to what steward.yaml says now; with `again` also where that was replaced since. */
  takePeople(again?: boolean): Promise<Taken>;
  verify(): Promise<AuditReport & { readonly limits: readonly string[] }>;
  exportAudit(): AsyncIterable<string>;
  readonly version: string;
  readonly mode: Settings["mode"];
  /** Where the record is, for people: a folder or a server. */
  readonly place: string;
  /** Systems outside that are configured: how they are, and what an operator should know about them. */
  readonly connectors: Pick<Connectors, "health" | "examine">;
  /** What steward.yaml says, and which of its policies wait for a system, as sentences. */
  readonly configuration: readonly string[];

  /** Everything outside that is configured, by name: the model's API, connectors, chat platforms. */
  readonly outside: readonly string[];
  /** Chat platforms that could be connected and are not. */
  readonly unconfigured: readonly string[];
  /** Whether the database answers: what `health` says. */
  alive(): Promise<boolean>;
  /** Begins working. Until then nothing is fetched. */
  start(): Promise<void>;
  /** No new work at once; what is under way ends or is handed back within 25 s. */
  stop(): Promise<void>;
  /** For a Steward that was never started. */
  close(): Promise<void>;
}
