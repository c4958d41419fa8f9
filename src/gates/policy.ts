import { z } from "zod";
import { parseDuration } from "../domain/duration.ts";
import type { JsonObject } from "../domain/json.ts";
import { digest } from "../domain/json.ts";
import type { Risk } from "../domain/tool.ts";

/** So many different persons who hold this role. */
export type Requirement = { readonly role: string; readonly count: number };
/** Whom a late gate asks as well: the requester's manager, or everyone with a role. */
export type EscalationTarget = "manager-of-requester" | { readonly role: string };
export type Escalation = { readonly afterMs: number; readonly to: EscalationTarget };

/** What one gate demands, fixed when it opens. Plain JSON; an empty `require` means nobody has to be asked. */
export type Policy = {
  readonly name: string;
  /** Why these terms hold, for the audit and for whoever asks. */
  readonly because: string;
  readonly require: readonly Requirement[];
  /** "any": one deny by anyone who may answer ends the gate. */
  readonly veto: "any";
  readonly remindAfterMs: number | null;
  readonly escalate: readonly Escalation[];
  readonly expireAfterMs: number;
};

/** One effect a policy is sought for. */
export interface Judged {
  readonly tool: string;
  readonly risk: Risk;
  readonly args: JsonObject;
}

const defaults = { remindAfterMs: 15 * 60_000, escalateAfterMs: 30 * 60_000, expireAfterMs: 4 * 3_600_000 };

const duration = z.union([z.string(), z.number()]).transform((text, ctx) => {
  const ms = typeof text === "string" ? parseDuration(text) : null;
  if (ms !== null && ms >= 1000) return ms;
  ctx.addIssue({
    code: "custom",
    message: `"${text}" is not a duration of a second to a year; write for example 15m, 2h or 1d`,
  });
  return z.NEVER;
});
const role = z
  .string()
  .regex(/^[a-z][a-z0-9-]*$/, "A role is lower-case letters, digits and dashes, for example on-call");
const literal = z.union([z.string(), z.number(), z.boolean()]);
const target = z.union(
  [z.literal("manager-of-requester"), z.strictObject({ role })],
  "Write manager-of-requester, or {role: NAME}",
);

const rule = z
  .strictObject({
    name: z.string().min(1, "A policy needs a name; people read it in the audit"),
    match: z.strictObject({
      tool: z.string().min(1).optional(),
      risk: z.enum(["read", "write", "dangerous"]).optional(),
      args: z.record(z.string(), z.union([literal, z.array(literal).min(1)])).optional(),
    }),
    require: z.union(
      [z.literal("none"), z.array(z.strictObject({ role, count: z.int().min(1).max(20).default(1) })).min(1)],
      'Write "none", or a list such as [{role: manager, count: 1}]',
    ),
    editable: z.array(z.string().min(1, "Name an argument of the tool")).min(1).optional(),
    veto: z.literal("any", 'Only "any" is known: one deny ends the gate').default("any"),
    remindAfter: duration.optional(),
    escalate: z.array(z.strictObject({ after: duration, to: target })).optional(),
    expireAfter: duration.default(defaults.expireAfterMs),
  })
  .superRefine((one, ctx) => {
    const refuse = (path: (string | number)[], message: string) => ctx.addIssue({ code: "custom", path, message });
    if (one.require === "none") {
      if (one.match.risk === "dangerous")
        refuse(
          ["require"],
          `Policy "${one.name}" asks nobody about what is dangerous; name at least one role, for example [{role: manager, count: 1}]`,
        );
      if (one.editable !== undefined)
        refuse(["editable"], `Policy "${one.name}" asks nobody, so nobody could change anything; leave editable out`);
    } else {
      const roles = one.require.map((entry) => entry.role);
      for (const [i, name] of roles.entries())
        if (roles.indexOf(name) !== i)
          refuse(
            ["require", i, "role"],
            `Policy "${one.name}" names the role ${name} twice; write it once with the count you want`,
          );
    }
    if (one.remindAfter !== undefined && one.remindAfter >= one.expireAfter)
      refuse(
        ["remindAfter"],
        `Policy "${one.name}" would remind after it expired; remindAfter must be shorter than expireAfter`,
      );
    for (const [i, step] of (one.escalate ?? []).entries())
      if (step.after >= one.expireAfter)
        refuse(
          ["escalate", i, "after"],
          `Policy "${one.name}" would escalate after it expired; after must be shorter than expireAfter`,
        );
  });

/** One rule of `policies:` in steward.yaml, durations already in milliseconds. */
export type PolicyRule = z.output<typeof rule>;

/** `policies:` of steward.yaml. Refuses a rule that asks nobody about what is dangerous, and names used twice. */
export const policiesSchema = z.array(rule).superRefine((rules, ctx) => {
  const names = rules.map((one) => one.name);
  for (const [i, name] of names.entries())
    if (names.indexOf(name) !== i)
      ctx.addIssue({
        code: "custom",
        path: [i, "name"],
        message: `Two policies are called "${name}"; give each its own name`,
      });
});

function matches({ match }: PolicyRule, { tool, risk, args }: Judged): boolean {
  return (match.risk === undefined || match.risk === risk) && isAbout(match, tool, args, false);
}

/** Whether a rule is about this tool and these arguments; of one that is missing `absent` says whether it may be what is meant. */
function isAbout(match: PolicyRule["match"], tool: string, args: JsonObject, absent: boolean): boolean {
  if (match.tool !== undefined && match.tool !== tool) return false;
  return Object.entries(match.args ?? {}).every(([name, wanted]) =>
    Object.hasOwn(args, name) ? [wanted].flat().some((value) => value === args[name]) : absent,
  );
}

/** Whether a rule may ask people about a call that does more than read, when only these of its arguments are known. */
export function mayAsk(rules: readonly PolicyRule[], tool: string, known: JsonObject): boolean {
  return rules.some(
    ({ match, require }) => require !== "none" && match.risk !== "read" && isAbout(match, tool, known, true),
  );
}

/** Whether a rule asks people about this effect. */
export function asksPeople(rules: readonly PolicyRule[], effect: Judged): boolean {
  return termsFor(rules, effect).require.length > 0;
}

/** Terms of one effect: the first rule that matches, else by risk. Nothing dangerous goes without a person. */
function termsFor(rules: readonly PolicyRule[], effect: Judged): Policy {
  const found = rules.find((one) => matches(one, effect));
  const expireAfterMs = found?.expireAfter ?? defaults.expireAfterMs;
  const terms = {
    veto: "any" as const,
    remindAfterMs: found?.remindAfter ?? defaults.remindAfterMs,
    // Who may stand in for those whom a policy names, the policy says itself.
    escalate: found?.escalate?.map((step) => ({ afterMs: step.after, to: step.to })) ?? [],
    expireAfterMs,
  };
  const manager = {
    require: [{ role: "manager", count: 1 }],
    ...(found?.escalate === undefined && {
      escalate: [{ afterMs: defaults.escalateAfterMs, to: "manager-of-requester" as const }],
    }),
  };
  if (found && found.require !== "none")
    return {
      ...terms,
      name: found.name,
      because: `policy "${found.name}" covers ${effect.tool}`,
      require: found.require,
    };
  if (effect.risk === "dangerous") {
    const because = found
      ? `policy "${found.name}" asks nobody, but ${effect.tool} is dangerous here: one manager`
      : `no policy covers ${effect.tool}, which is dangerous here: one manager`;
    return { ...terms, name: found?.name ?? "built-in", because, ...manager };
  }
  const because = found
    ? `policy "${found.name}" asks nobody about ${effect.tool}`
    : `no policy covers ${effect.tool}, which is not dangerous here`;
  return { ...terms, name: found?.name ?? "built-in", because, require: [] };
}

/**
 * The terms of a gate over these effects: the strictest union of what each demands (most of every role, shortest expiry,
 * earliest reminder, the escalations that all of them name). Effects that need nobody add nothing.
 */
export function resolvePolicy(rules: readonly PolicyRule[], effects: readonly Judged[]): Policy {
  const all = effects.map((effect) => termsFor(rules, effect));
  const asking = all.filter((terms) => terms.require.length > 0);
  const used = asking.length > 0 ? asking : all;
  const counts = new Map<string, number>();
  for (const { role: name, count } of used.flatMap((terms) => terms.require))
    counts.set(name, Math.max(counts.get(name) ?? 0, count));
  const expireAfterMs =
    used.length > 0 ? Math.min(...used.map((terms) => terms.expireAfterMs)) : defaults.expireAfterMs;
  const remindAfterMs = Math.min(...used.map((terms) => terms.remindAfterMs ?? Number.POSITIVE_INFINITY));
  return {
    name: [...new Set(used.map((terms) => terms.name))].join(" + ") || "built-in",
    because: [...new Set(used.map((terms) => terms.because))].join("; ") || "it covers nothing",
    require: [...counts].map(([name, count]) => ({ role: name, count })).sort((a, b) => (a.role < b.role ? -1 : 1)),
    veto: "any",
    remindAfterMs: remindAfterMs < expireAfterMs ? remindAfterMs : null,
    escalate: escalationsOf(used).filter((step) => step.afterMs < expireAfterMs),
    expireAfterMs,
  };
}

/** Whoever may stand in by every one of these terms, from when the last of them lets them; nobody answers for what they may not. */
function escalationsOf([first, ...others]: readonly Policy[]): Escalation[] {
  const steps = first?.escalate ?? [];
  const common = steps.flatMap(({ afterMs, to }) => {
    const key = digest(to);
    const same = others.map(({ escalate }) => escalate.find((step) => digest(step.to) === key)?.afterMs);
    return same.includes(undefined) ? [] : [{ afterMs: Math.max(afterMs, ...same.map((ms) => ms ?? 0)), to }];
  });
  return common.sort((a, b) => a.afterMs - b.afterMs);
}

/** The arguments of an effect that whoever approves it may change: as the first rule that matches says. */
export function editableArgs(rules: readonly PolicyRule[], effect: Judged): readonly string[] {
  return rules.find((one) => matches(one, effect))?.editable ?? [];
}

/** A policy that demands no less of any role than was demanded before: changing what is asked never needs fewer people. */
export function atLeast(policy: Policy, floor: readonly Requirement[]): Policy {
  const counts = new Map(policy.require.map(({ role: name, count }) => [name, count]));
  for (const { role: name, count } of floor) counts.set(name, Math.max(counts.get(name) ?? 0, count));
  const require = [...counts]
    .map(([name, count]) => ({ role: name, count }))
    .sort((a, b) => (a.role < b.role ? -1 : 1));
  if (digest(require) === digest(policy.require)) return policy;
  return {
    ...policy,
    require,
    because: `${policy.because}; it was changed while it was being approved, so no fewer than before`,
  };
}

/** Hash stored beside the subject's: escalation changes neither. */
export function policyHash(policy: Policy): string {
  return digest(policy);
}

/** "1 manager and 2 security": what is demanded, in words. */
export function inWords(require: readonly Requirement[]): string {
  const parts = require.map(({ role: name, count }) => `${count} ${name}`);
  return parts.length > 1 ? `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}` : (parts[0] ?? "nobody");
}
