import { type AnyTool, risksOf } from "../../src/domain/tool.ts";

/** Tools that change something and cannot say before what they would do, and why that is right. */
const saysNothingBefore: Readonly<Record<string, string>> = {
  "budget.raise": "its card says what is spent",
  "messages.send": "its card is the message, and says to whom it goes",
  "quiet.set": "whoever sets their own quiet hours approves nothing",
  "quiet.tell": "it tells somebody what was kept for them alone",
  "tracker.show": "which issue its run has is not known before it runs",
  "tracker.close": "which issue its run has is not known before it runs",
};

/** What is wrong with what these tools declare of themselves; empty where nothing is. */
export function wrongIn(tools: Iterable<AnyTool>): string[] {
  return [...tools].flatMap((tool) => {
    const risks = risksOf(tool);
    const changes = risks.some((risk) => risk !== "read");
    const varies = tool.risk.length > 0;
    const back = [tool.compensate !== undefined, tool.final !== undefined].filter(Boolean).length;
    return [
      ...(varies && tool.risks === undefined
        ? ["has a risk that depends on its arguments, and does not say which"]
        : []),
      ...(changes && !tool.dryRun && !(tool.name in saysNothingBefore) ? ["has no dry run, and no reason why"] : []),
      ...(tool.dryRun && tool.name in saysNothingBefore ? ["has a dry run, and a reason why it has none"] : []),
      ...(changes && back !== 1 ? ["must be taken back by a call, or say why not"] : []),
      ...(!changes && back > 0 ? ["only reads, and says how that is taken back"] : []),
      ...(tool.final !== undefined && !/^[A-Z].*\.$/.test(tool.final) ? ["gives a reason that is no sentence"] : []),
    ].map((what) => `${tool.name} ${what}`);
  });
}
