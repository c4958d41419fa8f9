import { z } from "zod";
import { formatDuration } from "../domain/duration.ts";
import type { AnyTool } from "../domain/tool.ts";
import { defineTool } from "../domain/tool.ts";
import type { TrialStore } from "./company.ts";

const name = z.string().min(1).max(100);
const Granted = z.object({
  person: z.string(),
  resource: z.string(),
  level: z.string(),
  until: z.string().nullable(),
  forMs: z.number().nullable().default(null),
  grant: z.string(),
});
const Revoked = z.object({ person: z.string(), resource: z.string(), revoked: z.boolean() });
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
});
const longest = 366 * 86_400_000;

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
      level: z.enum(["read", "write"]),
      forMs: z.number().int().positive().max(longest).optional(),
    }),
    result: Granted,
    risk: () => "dangerous" as const,
    effect: "keyed",
    timeoutMs: 10_000,
    describe: ({ person, resource, level, forMs }) =>
      `Give ${nameOf(person)} ${level} access to ${resource}${forMs === undefined ? " without an end" : ` for ${formatDuration(forMs)}`}`,
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
    run: async ({ tenant, args, effectId }) =>
      Revoked.parse(await store.revoke({ tenant, key: effectId, ...args, grant: args.grant ?? null })),
  });
}

function listTool(store: TrialStore, nameOf: NameOf) {
  return defineTool({
    name: "directory.list",
    summary: "Who has access to what",
    params: z.object({ person: name.optional() }),
    result: Listed,
    risk: () => "read" as const,
    effect: "keyed",
    timeoutMs: 10_000,
    describe: ({ person }) => `List the access of ${person === undefined ? "everyone" : nameOf(person)}`,
    async run({ tenant, args }) {
      const grants = await store.grants(tenant, args.person ?? null);
      return { grants: grants.map(({ grantedAt: _, ...grant }) => grant) };
    },
  });
}
