import { digest, type Json, type JsonObject } from "../domain/json.ts";
import type { AnyTool } from "../domain/tool.ts";
import type { Specialist } from "./specialist.ts";
import type { Talk, Tools } from "./task.ts";

/** How many calls of one answer are made; what is more is answered with an error. */
const mostAtOnce = 8;
/** How often exactly the same call is made in one task. */
const mostAlike = 2;

/** A call as a model wants it. */
export interface Wish {
  readonly id: string;
  readonly tool: string;
  readonly args: Json;
}

type Judgement =
  | { readonly error: string }
  | { readonly tool: AnyTool; readonly args: JsonObject; readonly alike: string };

/** Whether a wish is a call that can be made at all, or the error that answers it. */
export function judge(specialist: Specialist, talk: Talk, wish: Wish, index: number, tools: Tools): Judgement {
  if (index >= mostAtOnce)
    return { error: `Not made: at most ${mostAtOnce} calls are made at once. Ask again for what you still need.` };
  if (talk.ids.includes(wish.id))
    return { error: "Not made: this id was used before. Every call has an id of its own." };
  const tool = specialist.tools.includes(wish.tool) ? tools.get(wish.tool) : undefined;
  if (tool === undefined)
    return { error: `Not made: you have no tool of this name. Yours are: ${specialist.tools.join(", ")}.` };
  const { args } = wish;
  if (args === null || typeof args !== "object" || Array.isArray(args))
    return { error: "Not made: the arguments of a call are an object." };
  const checked = tool.params.safeParse(args);
  if (!checked.success) {
    const wrong = checked.error.issues.map((issue) => `${issue.path.join(".") || "arguments"}: ${issue.message}`);
    return { error: `Not made: ${wrong.join("; ").slice(0, 600)}` };
  }
  const alike = digest([wish.tool, args]);
  if ((talk.made[alike] ?? 0) >= mostAlike)
    return { error: `Not made: you have made exactly this call ${mostAlike} times already. Use the answers you have.` };
  return { tool, args: args as JsonObject, alike };
}
