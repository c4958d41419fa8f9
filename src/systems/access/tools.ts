import { z } from "zod";
import type { Person } from "../../domain/incoming.ts";
import { type AnyTool, defineTool } from "../../domain/tool.ts";

/** What somebody was given. */
export interface Held {
  readonly person: string;
  readonly resource: string;
  readonly level: string;
  /** ISO instants; `until` is null where it has no end. */
  readonly grantedAt: string;
  readonly until: string | null;
  /** The key of the call that gave it. */
  readonly grant: string;
}

/** Where it is read who has access to what. */
export interface AccessSources {
  person(tenant: string, id: string): Promise<Person | null>;
  /** What is in force. */
  held(tenant: string): Promise<readonly Held[]>;
  /** The R-... of the run in which each of these calls was made, by the key of the call; those that are no longer kept are left out. */
  runsOf(tenant: string, grants: readonly string[]): Promise<ReadonlyMap<string, string>>;
}

const name = z.string().min(1).max(100);
const Answer = z.object({ answer: z.string(), count: z.number() });
const readers = ["manager", "security"];

/** Who has access to what, for whoever asks: their own; of others only managers and security are told, and of who reports to them their manager. */
export function accessTools(sources: AccessSources): AnyTool[] {
  return [personTool(sources), resourceTool(sources)];
}

function personTool(sources: AccessSources) {
  return defineTool({
    name: "directory.of-person",
    summary:
      "What whoever asks, or the person named, has access to: how far, since when, until when, and by which request",
    params: z.object({ person: name.nullish() }),
    result: Answer,
    risk: () => "read" as const,
    effect: "keyed",
    timeoutMs: 10_000,
    steers: [],
    describe: ({ person }) => `List the access of ${person ?? "whoever asks"}`,
    async run({ tenant, args, requesterId }) {
      const asker = await askerOf(sources, tenant, requesterId);
      const of = args.person ?? asker?.id ?? "";
      const person = of === asker?.id ? asker : await sources.person(tenant, of);
      if (asker === null || person === null) return { answer: `I know nobody called ${of || "so"}.`, count: 0 };
      if (!mayRead(asker, person)) return { answer: notYours, count: 0 };
      const own = (await sources.held(tenant)).filter((one) => one.person === person.id);
      const who = person.id === asker.id ? "You have" : `${person.name} has`;
      if (own.length === 0) return { answer: `${who} no access that was given here.`, count: 0 };
      const runs = await sources.runsOf(tenant, grantsOf(own));
      const lines = own.map((one) => `- ${one.level} access to ${one.resource} ${terms(one, runs)}`);
      return { answer: [`${who}:`, ...lines].join("\n"), count: own.length };
    },
  });
}

function resourceTool(sources: AccessSources) {
  return defineTool({
    name: "directory.of-resource",
    summary: "Who has access to something: how far, since when, until when, and by which request",
    params: z.object({ resource: name }),
    result: Answer,
    risk: () => "read" as const,
    effect: "keyed",
    timeoutMs: 10_000,
    steers: [],
    describe: ({ resource }) => `List who has access to ${resource}`,
    async run({ tenant, args: { resource }, requesterId }) {
      const asker = await askerOf(sources, tenant, requesterId);
      if (asker === null) return { answer: notYours, count: 0 };
      const all = (await sources.held(tenant)).filter((one) => one.resource.toLowerCase() === resource.toLowerCase());
      const people = new Map<string, Person | null>();
      for (const { person } of all) people.set(person, people.get(person) ?? (await sources.person(tenant, person)));
      const told = all.filter(({ person }) => {
        const who = people.get(person);
        return person === asker.id || (who ? mayRead(asker, who) : readsAll(asker));
      });
      const isAll = readsAll(asker);
      if (told.length === 0) {
        const answer = isAll
          ? `Nobody has access to ${resource} that was given here.`
          : `You have no access to ${resource} that was given here. ${notYours}`;
        return { answer, count: 0 };
      }
      const runs = await sources.runsOf(tenant, grantsOf(told));
      const lines = told.map(
        (one) => `- ${people.get(one.person)?.name ?? one.person}: ${one.level} access ${terms(one, runs)}`,
      );
      const rest = isAll ? [] : [`These are those you may see. ${notYours}`];
      return { answer: [`Access to ${resource}:`, ...lines, ...rest].join("\n"), count: told.length };
    },
  });
}

const notYours = "What others have access to is told to managers and security alone.";

async function askerOf({ person }: AccessSources, tenant: string, id: string | null): Promise<Person | null> {
  return id === null ? null : person(tenant, id);
}

function readsAll(person: Person): boolean {
  return person.active && person.kind === "member" && person.roles.some((role) => readers.includes(role));
}

function mayRead(asker: Person, of: Person): boolean {
  return asker.id === of.id || readsAll(asker) || (asker.kind === "member" && of.managerId === asker.id);
}

function grantsOf(held: readonly Held[]): string[] {
  return held.map(({ grant }) => grant);
}

/** "since 2026-11-21 10:00 UTC until 2026-11-21 12:00 UTC, given by R-ABC123". */
function terms({ grantedAt, until, grant }: Held, runs: ReadonlyMap<string, string>): string {
  const run = runs.get(grant);
  const by = run === undefined ? "by a request that is no longer kept" : `by ${run}`;
  return `since ${minute(grantedAt)} ${until === null ? "without an end" : `until ${minute(until)}`}, given ${by}`;
}

function minute(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
}
