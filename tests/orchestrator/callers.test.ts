import { globSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import {
  type Identifier,
  isBindingElement,
  isElementAccessExpression,
  isIdentifier,
  isStringLiteral,
  type Node,
  type StringLiteral,
  SyntaxKind,
} from "typescript/unstable/ast";
import { API, type Project } from "typescript/unstable/sync";
import { expect, test } from "vitest";
import type { AnyTool, Tool, ToolCall } from "../../src/domain/tool.ts";

/** Calls by any other name, as somebody might write them without meaning to get round `perform`. */
const sneaks = [
  (one: AnyTool, call: ToolCall<unknown>) => one.run(call),
  (tools: readonly AnyTool[], call: ToolCall<unknown>) => tools.map((each) => each?.run(call)),
  async (found: Promise<Tool<string>>, call: ToolCall<string>) => (await found).run(call),
  ({ run }: AnyTool, call: ToolCall<unknown>) => run(call),
  ({ run: go }: AnyTool, call: ToolCall<unknown>) => go(call),
  (tools: Map<string, AnyTool>, call: ToolCall<unknown>) => tools.get("x")?.["run"](call),
  (tool: Tool & { own: true }, call: ToolCall<never>) => ({ ...tool }).run.call(tool, call),
  (one: Pick<AnyTool, "find">, call: ToolCall<unknown>) => one.find?.(call),
];

/** Where a member is made, which is no use of it. */
const made = new Set([
  SyntaxKind.MethodDeclaration,
  SyntaxKind.MethodSignature,
  SyntaxKind.PropertyAssignment,
  SyntaxKind.PropertySignature,
  SyntaxKind.ShorthandPropertyAssignment,
]);

/** What in a file reaches for a tool's `run` or `find`, by what the type checker says it is: the names of these members. */
function usesIn({ program, checker }: Project, file: string): string[] {
  const source = program.getSourceFile(file);
  if (source === undefined) throw new Error(`${file} is not in the project`);
  const named: (Identifier | StringLiteral)[] = [];
  const look = (node: Node): void => {
    const isNamed = (isIdentifier(node) || isStringLiteral(node)) && ["run", "find"].includes(node.text);
    if (isNamed && !made.has(node.parent.kind)) named.push(node);
    node.forEachChild(look);
  };
  look(source);
  const symbols = named.length === 0 ? [] : checker.getSymbolAtLocation(named);
  const uses = named.filter(({ parent, text }, i) => {
    // Taken out of its object, or by its name in quotes, a member is found by the object's type.
    const object = isBindingElement(parent)
      ? parent.parent
      : isElementAccessExpression(parent)
        ? parent.expression
        : null;
    const type = object && checker.getTypeAtLocation(object);
    const symbol = type ? checker.getPropertyOfType(checker.getNonNullableType(type) ?? type, text) : symbols[i];
    return symbol?.declarations.some(
      ({ kind, path }) => kind === SyntaxKind.MethodSignature && path.endsWith("/src/domain/tool.ts"),
    );
  });
  return uses.map(({ text }) => text);
}

test("a tool is run by perform and by nothing else, whatever it is called where", () => {
  const root = resolve(import.meta.dirname, "../..");
  const api = new API({ cwd: root });
  try {
    const [project] = api.updateSnapshot({ openProjects: [resolve(root, "tsconfig.json")] }).getProjects();
    if (project === undefined) throw new Error("The type checker opened no project");
    expect(usesIn(project, import.meta.filename)).toHaveLength(sneaks.length);
    const callers = globSync("{src,machines,intents}/**/*.ts", { cwd: root })
      .filter((file) => /\b(?:run|find)\b/.test(readFileSync(resolve(root, file), "utf8")))
      .map((file) => [file.replaceAll("\\", "/"), ...new Set(usesIn(project, resolve(root, file)).sort())])
      .filter(([, ...uses]) => uses.length > 0);
    expect(callers.sort()).toEqual([
      // Three that carry on the very call that perform gave, inside whatever is put around it.
      ["src/domain/egress.ts", "find"],
      ["src/domain/tool.ts", "run"],
      ["src/orchestrator/perform.ts", "find", "run"],
      ["src/systems/breaker.ts", "find"],
    ]);
  } finally {
    api.close();
  }
});
