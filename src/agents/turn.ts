import { z } from "zod";
import type { Json } from "../domain/json.ts";

/** The tool a task asks for a model's next move. It is the only one that speaks to a model. */
export const turnTool = "model.turn";

/** The tool that adds to a cap on what models may cost. Dangerous: it runs only when people approved exactly that. */
export const raiseTool = "budget.raise";

/** The tool that says whether people are being asked about a cap already. */
export const askingTool = "agents.asking";

/** `usd` is added to the cap of this scope, for the run (its requester, ...) whose task asks. */
export type Raise = { readonly scope: "run" | "person" | "tenant" | "day"; readonly usd: number };

const json = z.json() as z.ZodType<Json>;

/** What a task tells the model so far. What the model said is named by the call it said it in, and kept there. */
export const TurnAsked = z.strictObject({
  specialist: z.string(),
  task: z.string(),
  input: z.record(z.string(), json),
  /** Each answer of the model, and what came of the calls it wanted; `heard` are messages that came meanwhile, from outside. */
  turns: z.array(
    z.strictObject({
      call: z.string(),
      results: z.array(
        z.strictObject({ id: z.string(), tool: z.string(), output: json.optional(), error: z.string().optional() }),
      ),
      heard: z.array(z.string()),
    }),
  ),
  /** Effects that asked for this or an earlier turn and stopped at a cap: what they paid for already is not asked again. */
  earlier: z.array(z.string()).readonly().optional(),
  /** No tools any more: it must report now. */
  last: z.boolean(),
});
export type TurnAsked = z.output<typeof TurnAsked>;

const said = { call: z.string(), text: z.string(), usd: z.number() };

/** What the model wants next. Whatever it says is a wish: a tool runs only through `perform`. */
export const TurnAnswered = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("calls"),
    ...said,
    calls: z.array(z.strictObject({ id: z.string(), tool: z.string(), args: json })),
  }),
  /** It called `report`; not yet checked against what the task must report. */
  z.strictObject({ kind: z.literal("report"), ...said, id: z.string(), report: json }),
  /** It only spoke, refused, or was cut off at the longest answer. */
  z.strictObject({ kind: z.literal("spoke"), ...said }),
  z.strictObject({ kind: z.literal("refused"), ...said }),
  z.strictObject({ kind: z.literal("cut"), ...said }),
  /**
   * The next call may cost more than is left under this cap. The move was not asked for; `usd` was paid on the way to it, and it
   * may need `needsUsd` more than there is.
   */
  z.strictObject({
    kind: z.literal("over-budget"),
    cap: z.enum(["run", "person", "tenant", "day"]),
    spentUsd: z.number(),
    capUsd: z.number(),
    needsUsd: z.number().optional(),
    usd: z.number().optional(),
    call: z.string().optional(),
  }),
  /** There is no model, or none answers: the playbook has to do. */
  z.strictObject({ kind: z.literal("unavailable"), because: z.string() }),
]);
export type TurnAnswered = z.output<typeof TurnAnswered>;
