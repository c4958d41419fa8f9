import type { ConnectorSettings } from "./config/connectors.ts";
import type { Settings } from "./config/settings.ts";
import { Fault } from "./domain/fault.ts";
import type { AnyTool } from "./domain/tool.ts";
import { openSources } from "./sources.ts";
import { type Breaker, type ConnectorHealth, createBreaker } from "./systems/breaker.ts";
import type { McpSystem } from "./systems/mcp/tools.ts";

/** The systems outside that are configured, each behind a breaker of its own. */
export interface Connectors {
  readonly tools: readonly AnyTool[];
  health(): readonly ConnectorHealth[];
  /** Looks at each now. */
  examine(): Promise<readonly Examined[]>;
  close(): Promise<void>;
}

/** What an operator reads about one connector, a sentence at a time. */
interface Examined {
  readonly connector: string;
  /** What must be done before it can be used. */
  readonly lacks: readonly string[];
  /** What is worth knowing. */
  readonly notes: readonly string[];
}

type Wanted = Pick<Settings, "github" | "jira" | "mode">;

/**
 * Opens what is configured, and loads the code of nothing else. `onError` hears what changes while it runs. Throws
 * Fault("bad-config") for what cannot be used as it is configured.
 */
export async function openConnectors(
  { github, jira, mode }: Wanted,
  configured: ConnectorSettings,
  now: () => Promise<Date>,
  onError: (error: Error) => void,
): Promise<Connectors> {
  const tools: AnyTool[] = [];
  const breakers: Breaker[] = [];
  const servers: { name: string; system: McpSystem }[] = [];
  const behind = (connector: string) => {
    const breaker = createBreaker(connector);
    breakers.push(breaker);
    return breaker;
  };
  const add = (connector: string, added: readonly AnyTool[]) => {
    const breaker = behind(connector);
    tools.push(...added.map((tool) => breaker.guard(tool)));
  };
  const close = async () => {
    await Promise.all(servers.map(({ system }) => system.close()));
  };

  if (github) add("github", (await import("./systems/github/tools.ts")).githubTools(github));
  if (jira) add("jira", (await import("./systems/jira/tools.ts")).jiraTools(jira));
  if (configured.kubernetes) {
    if (mode === "trial")
      throw new Fault(
        "bad-config",
        "connectors.kubernetes is configured in trial mode, where anyone who reaches the port may act as anyone: leave it out, or set STEWARD_MODE=production.",
      );
    add("kubernetes", (await import("./systems/kubernetes/tools.ts")).kubernetesTools(configured.kubernetes));
  }
  const sources = await openSources(configured, { mode, now, onError });
  for (const source of sources) add(source.connector, source.tools);
  try {
    for (const server of configured.mcp) {
      const { openMcp } = await import("./systems/mcp/tools.ts");
      const system = await openMcp(server, behind(`mcp.${server.name}`), (note) =>
        onError(new Fault("conflict", note)),
      );
      servers.push({ name: server.name, system });
      tools.push(...system.tools);
    }
  } catch (error) {
    await close();
    throw error;
  }
  return {
    tools,
    health: () => breakers.map((breaker) => breaker.health()),
    async examine() {
      const asked = sources.flatMap(({ checks }) =>
        Object.entries(checks).map(async ([connector, check]) => ({ connector, lacks: await check(), notes: [] })),
      );
      const heard = breakers
        .map((breaker) => breaker.health())
        .filter(({ connector }) => sources.every((source) => source.connector !== connector))
        .map(({ connector, state, because }) => ({
          connector,
          lacks: state === "closed" ? [] : [`It does not answer: ${because}`],
          notes: servers.find(({ name }) => `mcp.${name}` === connector)?.system.notes() ?? [],
        }));
      return [...heard, ...(await Promise.all(asked))];
    },
    close,
  };
}
