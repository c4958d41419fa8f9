import type { JsonObject } from "../../domain/json.ts";

/** One thing that was asked for, or that happened. */
export interface PastRequest {
  readonly id: string;
  /** R-... */
  readonly run: string;
  /** help: a question that went to people. incident, build: a system told it. act: something was changed. */
  readonly kind: "help" | "incident" | "build" | "act";
  /** The definition it ran, by name and by hash. */
  readonly workflow: string;
  readonly definition: string;
  /** Requests of other kinds are the same when these texts are; questions when they are about the same. */
  readonly text: string;
  readonly input: JsonObject;
  readonly requesterId: string | null;
  /** ISO instant. */
  readonly at: string;
}

/** Requests that are the same, or about the same, oldest first. */
export type Group = readonly [PastRequest, ...PastRequest[]];

/** What somebody wrote in the thread of a help request. */
export interface Said {
  /** The id of the help request. */
  readonly run: string;
  readonly by: string;
  readonly text: string;
}
