import { Hono } from "hono";
import { type AnyTool, risksOf } from "../domain/tool.ts";
import type { Env, Settings } from "./app.ts";
import { personOrKey } from "./caller.ts";
import { problem } from "./errors.ts";
import type { Ports, ToolView } from "./ports.ts";

/** What Steward can do here, tool by tool, and what each declares. For those who may read the audit. */
export function toolsDoor(ports: Ports, { tenant }: Settings): Hono<Env> {
  const door = new Hono<Env>();
  door.get("/", async (c) => {
    const { by } = personOrKey(c, "audit:read");
    if (by === null || ports.people.permits(by, "read-audit")) return c.json({ tools: ports.tools() });
    await ports.audit.refuse({ tenant, stream: "auth", because: "not-an-auditor", by: by.id, door: "tools" });
    return problem(c, 403, `${by.name} may not read which tools there are: managers and auditors may.`, {
      because: "not-an-auditor",
    });
  });
  return door;
}

/** What every tool declares of itself, by name. */
export function toolViews(tools: ReadonlyMap<string, AnyTool>): readonly ToolView[] {
  return [...tools.values()].map(viewOf).sort((one, other) => (one.name < other.name ? -1 : 1));
}

function viewOf(tool: AnyTool): ToolView {
  const { name, summary, effect, egress = [], timeoutMs, costUsd = null, final = null, origin = "Steward" } = tool;
  return {
    name,
    summary,
    from: origin,
    risks: [...risksOf(tool)],
    effect,
    egress: [...egress],
    timeoutMs,
    costUsd,
    takesBack: tool.compensate !== undefined,
    final,
    dryRun: tool.dryRun !== undefined,
  };
}
