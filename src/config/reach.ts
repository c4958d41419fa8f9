import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { z } from "zod";

/** Takes a secret from the environment, or notes that it is not there. */
export type Secret = (variable: string, place: string, what: string) => string;

const text = z.string().min(1, "must not be empty");
const variable = z
  .string()
  .regex(/^[A-Z][A-Z0-9_]*$/, "must be the name of an environment variable, such as WIKI_TOKEN");
const name = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,30}$/, "must be lower-case letters, digits and dashes, for example wiki");

/** What one call costs: a service that is paid by the call. */
export const CostUsd = z
  .number()
  .min(0.000001, "must be what one call costs in US dollars, such as 0.02; leave it out where a call costs nothing")
  .max(1000, "must be what one call costs in US dollars, at most 1000");

const McpTool = z.strictObject({
  risk: z.enum(["read", "write", "dangerous"]).default("dangerous"),
  description: z
    .string()
    .regex(/^[0-9a-f]{64}$/, "must be the hash that `npx steward doctor` shows for this tool as it is now"),
  steers: z.array(text).optional(),
  /** Instead of the server's. */
  costUsd: CostUsd.optional(),
});

/** One MCP server: a program that is started here, or an address. */
export const Mcp = z
  .strictObject({
    name,
    command: z.array(text).min(1, "must name a program").optional(),
    env: z.array(variable).default([]),
    url: z.url({ protocol: /^https?$/, error: "must be an address such as https://mcp.example.com/mcp" }).optional(),
    private: z.boolean().default(false),
    headersFromEnv: z.record(z.string().regex(/^[A-Za-z][A-Za-z0-9-]{0,60}$/), variable).default({}),
    optional: z.boolean().default(false),
    costUsd: CostUsd.optional(),
    tools: z.record(z.string().regex(/^[\w.-]{1,64}$/, "is not a tool's name that can be used"), McpTool).default({}),
  })
  .refine((one) => (one.command === undefined) !== (one.url === undefined), {
    error: "must have either command (a program that is started here) or url (a server that runs elsewhere)",
  })
  .refine(({ url, private: inside }) => url === undefined || inside || url.startsWith("https:"), {
    path: ["url"],
    error: "must begin with https:// unless the server is marked private: true",
  });

/** The cluster Steward may act on. A namespace is production unless it says otherwise. */
export const Kubernetes = z.strictObject({
  url: z.url({ protocol: /^https?$/, error: "must be the address of the API server, such as https://10.0.0.1:6443" }),
  tokenFromEnv: variable,
  caFile: text.optional(),
  namespaces: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, "must be the name of a namespace"),
        production: z.boolean().default(true),
      }),
    )
    .min(1, "must name at least one namespace"),
});

interface McpSettings extends Pick<z.output<typeof Mcp>, "name" | "optional" | "tools"> {
  /** US dollars for each call of a tool that does not say its own; null: nothing. */
  readonly costUsd: number | null;
  readonly address:
    | { readonly command: readonly [string, ...string[]]; readonly env: Readonly<Record<string, string>> }
    | { readonly url: string; readonly private: boolean; readonly headers: Readonly<Record<string, string>> };
}

/** The MCP servers with their secrets. */
export function mcpSettings(entries: readonly z.output<typeof Mcp>[], secret: Secret): McpSettings[] {
  return entries.map(
    ({ name: server, command, url, private: inside, optional, costUsd, tools, env, headersFromEnv }) => {
      const place = `mcp.${server}`;
      return {
        name: server,
        optional,
        costUsd: costUsd ?? null,
        tools,
        address:
          command === undefined
            ? {
                url: url ?? "",
                private: inside,
                headers: Object.fromEntries(
                  Object.entries(headersFromEnv).map(([header, from]) => [
                    header,
                    secret(from, place, `the value of the header ${header}`),
                  ]),
                ),
              }
            : {
                command: command as [string, ...string[]],
                env: Object.fromEntries(
                  env.map((wanted) => [wanted, secret(wanted, place, "what the server expects there")]),
                ),
              },
      };
    },
  );
}

/** The cluster with its secrets; `file` is steward.yaml, where caFile is looked for from. */
export function kubernetesSettings(
  entry: z.output<typeof Kubernetes>,
  file: string,
  secret: Secret,
  mistake: (sentence: string) => void,
) {
  let ca: string | null = null;
  try {
    if (entry.caFile !== undefined) ca = readFileSync(resolve(dirname(file), entry.caFile), "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    mistake(
      `${file}, connectors.kubernetes.caFile: ${entry.caFile} cannot be read (${code}): name a file in PEM form.`,
    );
  }
  const { url, namespaces, tokenFromEnv } = entry;
  return { url, namespaces, ca, token: secret(tokenFromEnv, "kubernetes", "the token of a service account") };
}
