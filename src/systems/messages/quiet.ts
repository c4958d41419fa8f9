import { z } from "zod";
import { Fault } from "../../domain/fault.ts";
import { type AnyTool, defineTool } from "../../domain/tool.ts";

/** What is kept for one person, and whether they may be disturbed. Instants are ISO texts. */
export interface Kept {
  readonly quietUntil: string | null;
  readonly items: readonly { readonly id: string; readonly at: string; readonly text: string }[];
}

export interface QuietParts {
  /** Sets somebody's quiet hours as they said it ("" only says them); what was said wrongly is a Fault. Returns a sentence. */
  set(tenant: string, personId: string, said: string): Promise<string>;
  kept(tenant: string, personId: string): Promise<Kept>;
  /** Tells somebody alone, once under its key, and lets go of what was kept. False where they are not to be disturbed after all. */
  tell(message: {
    readonly tenant: string;
    readonly runId: string;
    readonly personId: string;
    readonly key: string;
    readonly text: string;
    readonly ids: readonly string[];
  }): Promise<boolean>;
}

const common = { effect: "keyed", timeoutMs: 10_000, steers: [] as string[] } as const;

/** Somebody's quiet hours, and what is kept for them meanwhile. Each acts for whoever asked, and for nobody else. */
export function quietTools({ set, kept, tell }: QuietParts): AnyTool[] {
  return [
    defineTool({
      ...common,
      name: "quiet.set",
      summary: "Sets or says the quiet hours of whoever asks",
      params: z.object({ hours: z.string().max(100).nullish() }),
      result: z.object({ sentence: z.string() }),
      risk: ({ hours }) => (hours ? ("write" as const) : ("read" as const)),
      risks: ["read", "write"],
      final: "They are set again, by whose they are.",
      trusted: true,
      refuses: async ({ requesterId }) => (isPerson(requesterId) ? null : onlyPeople),
      describe: ({ hours }) => (hours ? `Set one's own quiet hours: ${hours}` : "Say one's own quiet hours"),
      run: async ({ tenant, requesterId, args }) => ({
        sentence: await set(tenant, personIn(requesterId), args.hours ?? ""),
      }),
    }),
    defineTool({
      ...common,
      name: "quiet.held",
      summary: "What was kept for whoever asks while they were not to be disturbed",
      params: z.object({}),
      result: z.object({
        quietUntil: z.string().nullable(),
        items: z.array(z.object({ id: z.string(), at: z.string(), text: z.string() })),
      }),
      risk: () => "read" as const,
      // It holds about 8,500 characters, of six bytes at most.
      wholeBytes: 64 * 1024,
      describe: () => "List what was kept for whoever asks",
      run: async ({ tenant, requesterId }) => {
        const { items, ...rest } = await kept(tenant, personIn(requesterId));
        return { ...rest, items: items.map((item) => ({ ...item })) };
      },
    }),
    defineTool({
      ...common,
      name: "quiet.tell",
      final: "Who was told has read it.",
      summary: "Tells whoever asked, alone, what was kept for them",
      params: z.object({ text: z.string().min(1).max(40_000), ids: z.array(z.uuid()).max(100) }),
      result: z.object({ told: z.boolean() }),
      risk: () => "write" as const,
      describe: () => "Tell whoever asked what was kept for them",
      run: async ({ tenant, requesterId, runId, effectId, args }) => ({
        told: await tell({ tenant, runId, personId: personIn(requesterId), key: `kept:${effectId}`, ...args }),
      }),
    }),
  ];
}

const onlyPeople = "Only people have quiet hours: ask as a person.";

function isPerson(requesterId: string): boolean {
  return !requesterId.includes(":");
}

function personIn(requesterId: string | null): string {
  if (requesterId !== null && isPerson(requesterId)) return requesterId;
  throw new Fault("bad-request", onlyPeople);
}
