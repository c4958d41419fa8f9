import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { formatDuration } from "../domain/duration.ts";
import type { AnyTool } from "../domain/tool.ts";
import { defineTool } from "../domain/tool.ts";
import type { Grant, TrialStore } from "./company.ts";

const name = z.string().min(1).max(100);
const Granted = z.object({
  person: z.string(),
  resource: z.string(),
  level: z.string(),
  until: z.string().nullable(),
  forMs: z.number().nullable().default(null),
  grant: z.string(),
});
/** Of several grants the strongest, and of those the one that lasts longest; null when there is none. */
const Best = z.object({ level: z.string(), until: z.string().nullable() }).nullable();
const Revoked = z.object({
  person: z.string(),
  resource: z.string(),
  revoked: z.boolean(),
  /** What the person still has by other grants. */
  left: Best,
});
const Listed = z.object({
  grants: z.array(
    z.object({
      person: z.string(),
      resource: z.string(),
      level: z.string(),
      until: z.string().nullable(),
      grant: z.string(),
    }),
  ),
  best: Best,
});
const longest = 366 * 86_400_000;
/** Each gives what those before it give. */
const levels = ["read", "write"] as const;
const level = z.enum(levels);
const forMs = z.number().int().positive().max(longest).optional();

/** What people call somebody of whom only the id is known. */
export type NameOf = (personId: string) => string;

/** Who may use what in the trial company. */
export function directoryTools(store: TrialStore, nameOf: NameOf): AnyTool[] {
  return [grantTool(store, nameOf), revokeTool(store, nameOf), listTool(store, nameOf)];
}

function grantTool(store: TrialStore, nameOf: NameOf) {
  return defineTool({
    name: "directory.grant",
    summary: "Give a person access to something, for a while",
    params: z.object({
      person: name,
      resource: name,
      level,
      forMs,
    }),
    result: Granted,
    risk: () => "dangerous" as const,
    effect: "keyed",
    timeoutMs: 10_000,
    describe: ({ person, resource, level, forMs }) =>
      `Give ${nameOf(person)} ${level} access to ${resource}${forMs === undefined ? " without an end" : ` for ${formatDuration(forMs)}`}`,
    lessens: ({ level: was, forMs: wasMs = Number.POSITIVE_INFINITY, ...asked }, { level, forMs, ...now }) =>
      isDeepStrictEqual(now, asked) &&
      levels.indexOf(level) <= levels.indexOf(was) &&
      (forMs ?? Number.POSITIVE_INFINITY) <= wasMs,
    compensate: ({ person, resource }, { grant }) => ({ tool: "directory.revoke", args: { person, resource, grant } }),
    async dryRun({ tenant, args: { person, resource, level, forMs } }) {
      const has = await inForce(store, tenant, { person, resource });
      const asMuch = await inForce(store, tenant, { person, resource, level, forMs: forMs ?? longest });
      const [best] = asMuch.filter(({ until }) => forMs !== undefined || until === null);
      if (best) return `Nothing would be gained: ${nameOf(person)} has ${accessOf(best)} already.`;
      const now = has.map(accessOf).join(", and ") || `no access to ${resource}`;
      return `${nameOf(person)} has ${now} now.`;
    },
    run: async ({ tenant, args, effectId }) =>
      Granted.parse(await store.grant({ tenant, key: effectId, ...args, forMs: args.forMs ?? null })),
  });
}

function revokeTool(store: TrialStore, nameOf: NameOf) {
  return defineTool({
    name: "directory.revoke",
    summary: "Take access back",
    params: z.object({ person: name, resource: name, grant: name.optional() }),
    result: Revoked,
    risk: () => "write" as const,
    effect: "keyed",
    // The very grant only narrows what is taken back.
    steers: ["person", "resource"],
    timeoutMs: 10_000,
    describe: ({ person, resource }) => `Take access to ${resource} back from ${nameOf(person)}`,
    final: "What was taken is asked for anew, with an approval of its own.",
    async dryRun({ tenant, args: { person, resource, grant } }) {
      const has = await inForce(store, tenant, { person, resource });
      const goes = has.filter((one) => grant === undefined || one.grant === grant);
      const stays = has.filter((one) => !goes.includes(one));
      if (goes.length === 0) return `Nothing would change: ${nameOf(person)} has no such access to ${resource}.`;
      const kept = stays.length === 0 ? "" : ` and keep ${stays.map(accessOf).join(", and ")}`;
      return `${nameOf(person)} would lose ${goes.map(accessOf).join(", and ")}${kept}.`;
    },
    async run({ tenant, args, effectId }) {
      const done = await store.revoke({ tenant, key: effectId, ...args, grant: args.grant ?? null });
      const left = (await inForce(store, tenant, args)).at(0) ?? null;
      return Revoked.parse({ ...(done as object), left });
    },
  });
}

function listTool(store: TrialStore, nameOf: NameOf) {
  return defineTool({
    name: "directory.list",
    summary: "Who has access to what now; with a level and a time, only what gives as much for as long",
    params: z.object({ person: name.optional(), resource: name.optional(), level: level.optional(), forMs }),
    result: Listed,
    risk: () => "read" as const,
    effect: "keyed",
    timeoutMs: 10_000,
    describe: ({ person }) => `List the access of ${person === undefined ? "everyone" : nameOf(person)}`,
    async run({ tenant, args }) {
      const grants = await inForce(store, tenant, args);
      return Listed.parse({ grants, best: grants.at(0) ?? null });
    },
  });
}

/** "read access to billing until 2026-11-21 14:00 UTC" */
function accessOf({ level, resource, until }: Grant): string {
  const end = until === null ? "without an end" : `until ${until.slice(0, 16).replace("T", " ")} UTC`;
  return `${level} access to ${resource} ${end}`;
}

interface Sought {
  readonly person?: string | undefined;
  readonly resource?: string | undefined;
  readonly level?: (typeof levels)[number] | undefined;
  readonly forMs?: number | undefined;
}

/** Grants that give at least this for at least so long from now, the best first. */
async function inForce(store: TrialStore, tenant: string, { person, resource, level, forMs = 0 }: Sought) {
  const lasting = (await store.now()).getTime() + forMs;
  const endOf = ({ until }: Grant) => (until === null ? Number.POSITIVE_INFINITY : Date.parse(until));
  const strength = (of: string | undefined) => (levels as readonly (string | undefined)[]).indexOf(of);
  return (await store.grants(tenant, person ?? null))
    .filter((one) => resource === undefined || one.resource === resource)
    .filter((one) => strength(one.level) >= strength(level) && endOf(one) > lasting)
    .sort((a, b) => strength(b.level) - strength(a.level) || endOf(b) - endOf(a) || 0);
}
