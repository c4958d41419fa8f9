import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

test("a tool is run by perform and by nothing else", () => {
  const callers = globSync("{src,machines,intents}/**/*.ts").filter((file) =>
    /\b(tool|tools\.get\([^)]*\)!?)\??\.(run|find)\(/.test(readFileSync(file, "utf8")),
  );
  expect(callers.map((file) => file.replaceAll("\\", "/")).sort()).toEqual([
    // Carries on the very call that perform gave, inside whatever is put around it.
    "src/domain/tool.ts",
    "src/orchestrator/perform.ts",
  ]);
});
