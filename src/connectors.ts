import type { ConnectorSettings } from "./config/connectors.ts";
import type { Settings } from "./config/settings.ts";
import { Fault } from "./domain/fault.ts";
import type { AnyTool } from "./domain/tool.ts";
import { type Breaker, type ConnectorHealth, createBreaker } from "./systems/breaker.ts";
import type { McpSystem } from "./systems/mcp/tools.ts";

/** GitHub, Jira, Kubernetes and MCP servers, as they are configured, each behind a breaker of its own. */
export interface Connectors {
  readonly tools: readonly AnyTool[];
  health(): readonly ConnectorHealth[];
  /** What each lacks, as sentences, and what more it offers. */
  examine(): Promise<
    readonly { readonly connector: string; readonly found: readonly string[]; readonly offers?: readonly string[] }[]
  >;
  close(): Promise<void>;
}

type Wanted = Pick<Settings, "github" | "jira" | "mode">;

/**
 * Opens what is configured, and loads the code of nothing else. `warn` hears what changes while it runs. Throws
 * Fault("bad-config") for what cannot be used as it is configured.
 */
export async function openConnectors(
  { github, jira, mode }: Wanted,
  configured: ConnectorSettings,
  warn: (sentence: string) => void,
): Promise<Connectors> {
  const tools: AnyTool[] = [];
  const breakers: Breaker[] = [];
  const servers: { name: string; system: McpSystem }[] = [];
  let isOpen = false;
  const behind = (connector: string, name: string) => {
    const breaker = createBreaker(connector, { name });
    breakers.push(breaker);
    return breaker;
  };
  const add = (connector: string, name: string, added: readonly AnyTool[]) => {
    const breaker = behind(connector, name);
    tools.push(...added.map((tool) => breaker.guard({ ...tool, origin: `the connector ${connector}` })));
  };
  const close = async () => {
    await Promise.all(servers.map(({ system }) => system.close()));
  };

  if (github) add("github", at("GitHub", github.url), (await import("./systems/github/tools.ts")).githubTools(github));
  if (jira) add("jira", at("Jira", jira.url), (await import("./systems/jira/tools.ts")).jiraTools(jira));
  if (configured.kubernetes) {
    if (mode === "trial")
      throw new Fault(
        "bad-config",
        "connectors.kubernetes is configured in trial mode, where anyone who reaches the port may act as anyone: leave it out, or set STEWARD_MODE=production.",
      );
    const name = at("Kubernetes", configured.kubernetes.url);
    add("kubernetes", name, (await import("./systems/kubernetes/tools.ts")).kubernetesTools(configured.kubernetes));
  }
  try {
    for (const server of configured.mcp) {
      const { openMcp } = await import("./systems/mcp/tools.ts");
      // What is wrong with one that is needed stops the start, and is said there.
      const system = await openMcp(
        server,
        behind(`mcp.${server.name}`, `The MCP server ${server.name}`),
        (sentence) => {
          if (isOpen || server.optional) warn(sentence);
        },
      );
      servers.push({ name: server.name, system });
      const [problem] = server.optional ? [] : system.problems();
      if (problem !== undefined) throw new Fault("bad-config", problem);
      tools.push(...system.tools);
    }
  } catch (error) {
    await close();
    throw error;
  }
  isOpen = true;
  return {
    tools,
    health: () => breakers.map((breaker) => breaker.health()),
    examine: async () =>
      breakers.map((breaker) => {
        const { connector, state, because } = breaker.health();
        const server = servers.find(({ name }) => `mcp.${name}` === connector)?.system;
        return {
          connector,
          found: [...(state === "closed" ? [] : [`It does not answer: ${because}`]), ...(server?.problems() ?? [])],
          offers: server?.offers() ?? [],
        };
      }),
    close,
  };
}

/** "Jira at acme.atlassian.net"; the one GitHub that everybody knows needs no address. */
function at(system: string, url: string): string {
  const { host } = new URL(url);
  return host === "api.github.com" ? system : `${system} at ${host}`;
}
