import type { TurnAnswered } from "../agents/turn.ts";
import type { Json, JsonObject } from "../domain/json.ts";
import { cleanText } from "../domain/text.ts";
import type { Recorded } from "./ledger.ts";
import { type Offers, reportName } from "./names.ts";

/** What a recorded answer comes to. `parts` are the answer and what followed after pauses, in order. Pure. */
export function answered(call: string, parts: readonly Recorded[], offers: Offers): TurnAnswered {
  const content = parts.flatMap((part) => part.content);
  const end = parts.at(-1);
  const said = { call, text: textOf(content), usd: Math.max(0, ...parts.map((part) => part.effectMicro)) / 1e6 };
  switch (end?.stopReason) {
    case "refusal":
      return { kind: "refused", ...said };
    case "max_tokens":
    case "model_context_window_exceeded":
    case "pause_turn":
      return { kind: "cut", ...said };
    default:
  }
  const calls = callsIn(content).map(({ id, name, input }) => ({
    id,
    tool: cleanText(offers.toolNamed(name)).slice(0, 100),
    args: offers.argsOf(name, input),
  }));
  const [first] = calls;
  if (first === undefined) return { kind: "spoke", ...said };
  // A report beside other calls was written before their results were there: it is answered like a call of no tool.
  return calls.length === 1 && first.tool === reportName
    ? { kind: "report", ...said, id: first.id, report: first.args }
    : { kind: "calls", ...said, calls };
}

/** The calls a model wants, in the order it wrote them. */
export function callsIn(
  content: readonly Json[],
): { readonly id: string; readonly name: string; readonly input: Json }[] {
  return content.flatMap((block) => {
    const one = block as JsonObject;
    return one["type"] === "tool_use"
      ? [{ id: cleanText(String(one["id"])), name: String(one["name"]), input: one["input"] ?? {} }]
      : [];
  });
}

/** What a model wrote for people to read. */
export function textOf(content: readonly Json[]): string {
  return content
    .flatMap((block) => {
      const one = block as JsonObject;
      return one["type"] === "text" && String(one["text"]).trim() !== "" ? [cleanText(String(one["text"])).trim()] : [];
    })
    .join("\n");
}
