import type { Content } from "./definition.ts";
import type { Complaint } from "./problems.ts";
import { parseReference } from "./references.ts";
import type { Step } from "./schema.ts";

/** A message shows what a tool step has drawn: nothing that was written, told or reported becomes a picture. */
export function checkPicture(
  { notify: { picture } }: Extract<Step, { kind: "notify" }>,
  { steps }: Content,
  tools: readonly { readonly name: string; readonly apart?: object }[],
  at: readonly (string | number)[],
): Complaint[] {
  if (picture === undefined) return [];
  const path = [...at, "notify", "picture"];
  const [, inner] = /^\$\{\{\s*([^{}]*?)\s*\}\}$/.exec(picture.trim()) ?? [];
  const reference = inner === undefined ? null : parseReference(inner);
  const drawing = tools.filter(({ apart }) => apart !== undefined);
  const remedy = `Write \${{ steps.ID.output.${Object.keys(drawing[0]?.apart ?? {})[0] ?? "picture"} }} with the id of a step that draws${
    drawing.length === 0 ? "" : `: one whose tool is ${drawing.map(({ name }) => name).join(" or ")}`
  }.`;
  if (reference?.source !== "step") return [{ path, message: `“${picture}” is not what a step has drawn.`, remedy }];
  const step = steps.find(({ id }) => id === reference.step);
  // What is not there at all is complained of where references are.
  if (step === undefined) return [];
  const tool = step.kind === "tool" ? tools.find(({ name }) => name === step.tool.name) : undefined;
  const [name = "", ...deeper] = reference.path;
  const isDrawn = tool?.apart !== undefined && Object.hasOwn(tool.apart, name) && deeper.length === 0;
  return isDrawn ? [] : [{ path, message: `“${step.id}” draws no “${reference.path.join(".")}”.`, remedy }];
}
