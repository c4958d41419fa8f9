import type { ChatAdapter, Delivery, Sender, View } from "./adapter.ts";

/** What became of a delivery. Whoever gets one of these may acknowledge: what had to be kept is committed. */
export type Taken =
  /** It is stored and will be worked on; `duplicate` says it was here before. */
  | { readonly kind: "stored"; readonly duplicate: boolean }
  /** Not said to Steward: nothing is kept and nothing is answered. */
  | { readonly kind: "silent" }
  /** Nobody here has this identity. The sentence is for them alone. */
  | { readonly kind: "stranger"; readonly sentence: string }
  /** The vote counts; every copy of the card is redrawn by the courier. The sentence is for whoever pressed, alone. */
  | { readonly kind: "decided"; readonly sentence: string }
  /** On record, and for whoever pressed, alone. */
  | { readonly kind: "refused"; readonly because: string; readonly sentence: string }
  /** More is needed first: press again with these values. */
  | { readonly kind: "form"; readonly form: Form }
  /** No card of ours has this button. */
  | { readonly kind: "missing"; readonly sentence: string }
  | { readonly kind: "unsupported"; readonly because: string }
  /** Not theirs, too old, or for somebody else: on record; tell the sender no more than "no". */
  | { readonly kind: "forged"; readonly because: string };

/** What somebody is asked to fill in before their press counts. `token` is the button's: it goes back with the values. */
export interface Form {
  readonly title: string;
  readonly token: string;
  readonly fields: readonly {
    readonly name: string;
    readonly label: string;
    readonly required: boolean;
    /** What stands in it at first. */
    readonly value?: string;
    /** Characters. */
    readonly longest: number;
  }[];
}

/** What somebody has answered to a question, and whether they may answer it now. */
export interface OwnAnswer {
  readonly answered: "approve" | "deny" | null;
  readonly mayAnswer: boolean;
}

/** What waits for somebody and what they asked for: the first screen of a chat app. */
export interface Home {
  /** Gates that wait for this person. */
  readonly waiting: readonly HomeLine[];
  /** Their own runs, newest first, at most 10. */
  readonly mine: readonly HomeLine[];
  /** What runs now, newest first, at most 10. */
  readonly running: readonly HomeLine[];
}

/** `link` is a page of ours, whole: with the address people reach the console at. */
export interface HomeLine {
  readonly title: string;
  readonly state: string;
  readonly link: string;
}

/** Where a connection hands over what arrives. Never throws for what a sender did; throws Fault("store-unavailable") when nothing can be kept, and then nothing may be acknowledged. */
export interface Intake {
  /** Parses, finds the person, and stores or decides, in one transaction. Resolves when it cannot be lost any more. */
  take(delivery: Delivery): Promise<Taken>;
  /**
   * The card a button is on, whole, as it is wanted now; null when no card of ours has this button, and for somebody nobody
   * here knows. For cards too large to be shown in a message.
   */
  cardOf(tenant: string, who: Sender, token: string): Promise<View | null>;
  /** How the question a button is on stands with somebody; null when no card of ours has this button, and for somebody nobody here knows. */
  answerOf(tenant: string, who: Sender, token: string): Promise<OwnAnswer | null>;
  /** Null for somebody nobody here knows. */
  home(tenant: string, who: Sender): Promise<Home | null>;
  /** Stores what somebody thought of an answer. `about` is the message's ref. */
  feedback(tenant: string, who: Sender, about: string, liked: boolean): Promise<void>;
}

/** What a platform says about one of its users, now. */
export interface Standing {
  /** Guests, bots and people from other organisations never approve, whatever else is known of them. */
  readonly kind: "member" | "guest" | "bot" | "outsider";
  /** Names of the groups or roles of the platform the user is in, as steward.yaml writes them (ids). */
  readonly groups: readonly string[];
}

/** An HTTP door of a platform's own: POST. It gets the raw request, because a signature covers its bytes, and answers within a second. */
export interface Door {
  readonly path: string;
  /** Nothing proves who calls (a local client in trial mode): only requests from this machine itself are let in. */
  readonly unproven?: boolean;
  handle(request: Request, intake: Intake): Promise<Response>;
}

/** Whether a platform is there: said by `health`, by name. */
export type Connection = "healthy" | "degraded" | "unhealthy";

/** A chat platform as it is plugged in: its adapter and its connection to the outside. */
export interface ChatPlatform {
  readonly adapter: ChatAdapter;
  /**
   * Who this user is over there now. Throws Fault("platform-busy") with retryAfterMs when it cannot be asked: then nobody
   * decides anything ("not yet"). Called before a press and again before an approved effect runs. May remember an answer for a few seconds.
   */
  standing(who: Sender): Promise<Standing>;
  readonly doors?: readonly Door[];
  /** Connects, where the platform does not call us, and keeps itself connected. Resolves when the first try has ended, well or not. */
  start(intake: Intake): Promise<void>;
  /** Takes no more deliveries; those under way are answered. */
  stop(): Promise<void>;
  /** Null where nothing is configured to connect to: only local clients may come. */
  connection(): Connection | null;
  /** What is missing before it can work, one sentence each with what to do; [] when nothing is. For `steward doctor`. */
  examine(): Promise<readonly string[]>;
}

/** What a platform told us and its adapter needs later, such as how to begin a conversation. Small texts by key, for each tenant and platform. */
export interface Memory {
  keep(tenant: string, key: string, value: string): Promise<void>;
  recall(tenant: string, key: string): Promise<string | null>;
}

/** For what only one process may do, such as holding a gateway connection. */
export interface Leader {
  /**
   * Does `work` whenever this process holds the lock called `name`, again and again until `signal` is aborted; the signal
   * given to `work` is aborted when the lock is lost or `signal` is. Another process takes over within 15 s.
   */
  lead(name: string, signal: AbortSignal, work: (held: AbortSignal) => Promise<void>): Promise<void>;
}

/** What every platform is made from, besides its own settings. */
export interface PlatformParts {
  /** The one tenant whose people talk here. */
  readonly tenant: string;
  readonly memory: Memory;
  readonly leader: Leader;
  /** A page of ours as a whole address, from a path such as /runs/ID. */
  address(path: string): string;
  /** Sentences of what can be asked, such as "restart checkout in production": for prompts, help and autocomplete. */
  readonly examples: readonly string[];
  onError(error: Error): void;
}
