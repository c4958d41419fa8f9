import { z } from "zod";
import { Fault } from "../../domain/fault.ts";
import type { Person } from "../../domain/incoming.ts";
import { type AnyTool, defineTool } from "../../domain/tool.ts";
import type { Content } from "../../workflow/index.ts";

/** Workflows that are in use because people wanted it, besides those of the folder. */
export interface Uses {
  /** Keeps a file's definition by its hash, or null where it would not be taken. Nothing begins with it yet. */
  keep(tenant: string, text: string): Promise<(Content & { readonly hash: string }) | null>;
  kept(tenant: string, hash: string): Promise<Content | null>;
  isUsed(name: string): boolean;
  /** From now on it begins with its phrases, in every process. Throws Fault("conflict") where it would not be taken now. */
  take(tenant: string, use: Use & { readonly hash: string }): Promise<void>;
  /** From now on it does not; runs of it that are under way end as they began. */
  stop(tenant: string, use: Use): Promise<void>;
}

interface Use {
  readonly name: string;
  /** It is noted once under this. */
  readonly effectId: string;
  readonly runId: string;
  readonly byId: string | null;
}

export interface UseSources {
  person(tenant: string, id: string): Promise<Person | null>;
  /** Asked for when a tool runs: before, not everything is there. */
  uses(): Uses;
  /** The file of a workflow that was proposed to this person, or why there is none. */
  draft(
    tenant: string,
    asked: { readonly draft: number; readonly run?: string | null | undefined },
    requesterId: string | null,
  ): Promise<{ readonly file: string } | { readonly file: null; readonly because: string }>;
}

const name = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_-]*$/)
  .max(80);
/** As whom somebody wants it: what a manager wants is theirs to want, others ask one. */
const as = z.enum(["manager", "member"]);
const common = { effect: "keyed", timeoutMs: 20_000 } as const;
/** Nobody but a manager changes what is there without a manager's approval, whatever the policies say. */
const riskAs = (who: z.infer<typeof as>) => (who === "manager" ? ("write" as const) : ("dangerous" as const));

/** Takes workflows that were proposed into use, and out of it. */
export function useTools({ person, uses, draft }: UseSources): AnyTool[] {
  const isManager = async (tenant: string, id: string | null) => {
    const found = id === null ? null : await person(tenant, id);
    return found?.active === true && found.kind === "member" && found.roles.includes("manager");
  };
  const ensure = async (tenant: string, id: string | null, who: z.infer<typeof as>) => {
    if (who === "manager" && !(await isManager(tenant, id)))
      throw new Fault("forbidden", "Only a manager may do this without asking one. Nothing was changed.");
  };
  return [
    defineTool({
      ...common,
      name: "workflows.offer",
      summary: "Keeps a workflow that was proposed, so that it can be approved and used exactly as it is",
      params: z.object({ draft: z.number().int().min(1).max(99), run: z.string().max(20).nullish() }),
      result: z.object({
        found: z.boolean(),
        answer: z.string(),
        hash: z.string().optional(),
        name: z.string().optional(),
        as: as.optional(),
      }),
      risk: () => "read" as const,
      steers: [],
      // A hash and a name of letters, digits and dashes, of our own making.
      trusted: true,
      describe: ({ draft: n }) => `Make draft ${n} ready for use`,
      async run({ tenant, args, requesterId }) {
        const made = await draft(tenant, args, requesterId);
        if (made.file === null) return { found: false, answer: made.because };
        const kept = await uses().keep(tenant, made.file);
        if (kept === null)
          return { found: false, answer: "Something else means that by now: ask “what repeats?” again." };
        const who = (await isManager(tenant, requesterId)) ? ("manager" as const) : ("member" as const);
        return { found: true, answer: "", hash: kept.hash, name: kept.name, as: who };
      },
    }),
    defineTool({
      ...common,
      name: "workflows.use",
      summary: "Takes a workflow that was proposed into use: from then on its phrases begin it",
      params: z.object({ hash: z.string().regex(/^[0-9a-f]{64}$/), name, as }),
      result: z.object({ name: z.string(), say: z.string() }),
      risk: (args) => riskAs(args.as),
      risks: ["write", "dangerous"],
      compensate: (args) => ({ tool: "workflows.stop", args: { name: args.name, as: args.as } }),
      describe: (args) => `Use the workflow ${args.name} from now on`,
      async dryRun({ tenant, args }) {
        const content = await uses().kept(tenant, args.hash);
        return content === null ? "It is not kept any more." : inShort(content);
      },
      async run({ tenant, args, requesterId, effectId, runId }) {
        await ensure(tenant, requesterId, args.as);
        await uses().take(tenant, { name: args.name, hash: args.hash, effectId, runId, byId: requesterId });
        const [phrase = args.name] = (await uses().kept(tenant, args.hash))?.phrases ?? [];
        return { name: args.name, say: phrase.replace("[do] ", "") };
      },
    }),
    defineTool({
      ...common,
      name: "workflows.known",
      summary: "Whether a workflow is in use because people took it, and as whom somebody may end that",
      params: z.object({ name: z.string().max(80) }),
      result: z.object({ used: z.boolean(), name, as }),
      risk: () => "read" as const,
      steers: [],
      trusted: true,
      describe: (args) => `Look whether ${args.name} is in use`,
      async run({ tenant, args, requesterId }) {
        const called = args.name.toLowerCase();
        const used = name.safeParse(called).success && uses().isUsed(called);
        const who = (await isManager(tenant, requesterId)) ? ("manager" as const) : ("member" as const);
        return { used, name: used ? called : "none", as: who };
      },
    }),
    defineTool({
      ...common,
      name: "workflows.stop",
      summary: "Takes a workflow out of use that people took into it; what runs ends as it began",
      params: z.object({ name, as }),
      result: z.object({ name: z.string() }),
      risk: (args) => riskAs(args.as),
      risks: ["write", "dangerous"],
      final: "It is taken into use again by its draft: “what repeats?”.",
      async dryRun({ args }) {
        return uses().isUsed(args.name)
          ? `${args.name} would begin nothing any more; what runs would end as it began.`
          : `Would do nothing: ${args.name} is not in use.`;
      },
      describe: (args) => `Take the workflow ${args.name} out of use`,
      async run({ tenant, args, requesterId, effectId, runId }) {
        await ensure(tenant, requesterId, args.as);
        await uses().stop(tenant, { name: args.name, effectId, runId, byId: requesterId });
        return { name: args.name };
      },
    }),
  ];
}

/** What begins it and what it does, for whoever approves it. */
function inShort({ phrases = [], input, steps }: Content): string {
  const always = Object.entries(input).flatMap(([field, { default: value, enum: allowed }]) =>
    allowed?.length === 1 ? [`${field} ${String(value)}`] : [],
  );
  const does = steps.map((step) => {
    if (step.kind === "tool") return `${step.id} (${step.tool.name})`;
    if (step.kind === "agent") return `${step.id} (${[step.agent.specialist].flat().join(" or ")}: ${step.agent.task})`;
    return step.kind === "approve" ? `asks before ${step.approve.covers.join(", ")}` : step.id;
  });
  const fixed = always.length === 0 ? "" : ` It is always for ${always.join(", ")}.`;
  return `Begun by: ${phrases.map((phrase) => `“${phrase}”`).join(", ")}.${fixed} Its steps: ${does.join("; ")}.`;
}
