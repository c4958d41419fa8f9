import { dirname, resolve } from "node:path";
import { z } from "zod";
import { Fault } from "../domain/fault.ts";
import { CostUsd, Kubernetes, kubernetesSettings, Mcp, mcpSettings } from "./reach.ts";

const name = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,30}$/, "must be lower-case letters, digits and dashes, for example billing");
const variable = z
  .string()
  .regex(
    /^[A-Z][A-Z0-9_]*$/,
    "must be the name of an environment variable, such as BILLING_TOKEN; the secret itself never goes here",
  );
const header = z.string().regex(/^[A-Za-z][A-Za-z0-9-]{0,60}$/, "must be a header's name, for example Authorization");
const named = <T extends z.ZodObject<{ name: typeof name }>>(entry: T) =>
  z
    .array(entry)
    .default([])
    .refine(
      (all) => new Set(all.map((one) => one["name"])).size === all.length,
      "uses a name twice; give each one of its own",
    );

const Server = z.strictObject({
  name,
  url: z
    .url({ protocol: /^https?$/, error: "must be an address such as https://billing.example.com" })
    .refine(
      (url) => isBare(url),
      "must be without user, password, query and fragment; credentials go to headersFromEnv",
    ),
  private: z.boolean().default(false),
  headersFromEnv: z.record(header, variable).default({}),
});
const encrypted = ({ url, private: inside }: { url: string; private: boolean }) => inside || url.startsWith("https:");
const why = { path: ["url"], error: "must begin with https:// unless the server is marked private: true" };
const Http = Server.extend({
  methods: z
    .partialRecord(z.enum(["POST", "PUT", "PATCH", "DELETE"]), z.enum(["write", "dangerous", "never"]))
    .default({}),
  idempotencyHeader: header.optional(),
  redirects: z.int().min(0).max(5).default(0),
  costUsd: CostUsd.optional(),
});
/** Who may ask it in a chat in their own words; left out, those who may read everything anyway. */
const askedBy = z
  .array(z.string().min(1))
  .min(1, "must name at least one role; leave it out for auditors and managers")
  .optional();
const Sql = z.strictObject({ name, urlFromEnv: variable, askedBy });
const Prometheus = Server.extend({ askedBy });
const Jira = z.strictObject({
  /** On whose tickets a run may say how it stands. */
  projects: z.array(z.string().regex(/^[A-Z][A-Z0-9_]{0,30}$/, "must be a project's key, for example OPS")).default([]),
});
const Folder = z.strictObject({ name, folder: z.string().min(1, "must not be empty") });

/** The key `connectors` of steward.yaml: the systems Steward reads from and acts on. */
export const connectorsSchema = z.strictObject({
  http: named(Http.refine(encrypted, why)),
  sql: named(Sql),
  prometheus: named(Prometheus.refine(encrypted, why)),
  loki: named(Server.refine(encrypted, why)),
  logs: named(Folder),
  mcp: named(Mcp),
  kubernetes: Kubernetes.optional(),
  jira: Jira.prefault({}),
});

/** What may stand at this path, for a message about a key that may not. */
export function connectorKeys(path: readonly PropertyKey[]): string[] {
  const shapes: Record<string, z.ZodObject> = {
    http: Http,
    sql: Sql,
    prometheus: Prometheus,
    loki: Server,
    logs: Folder,
    mcp: Mcp,
    kubernetes: Kubernetes,
    jira: Jira,
  };
  return Object.keys((shapes[String(path[1])] ?? connectorsSchema).shape);
}

interface ServerSettings {
  readonly name: string;
  readonly url: string;
  readonly private: boolean;
  readonly headers: Readonly<Record<string, string>>;
}

/** Which roles may ask it in their own words; null where none are named. */
interface Asked {
  readonly askedBy: readonly string[] | null;
}

/** The same with the secrets it names, from the environment. */
export interface ConnectorSettings {
  readonly http: readonly (ServerSettings & {
    readonly methods: z.output<typeof Http>["methods"];
    readonly idempotencyHeader: string | null;
    readonly redirects: number;
    /** US dollars for each call; null: nothing. */
    readonly costUsd: number | null;
  })[];
  readonly sql: readonly ({ readonly name: string; readonly url: string } & Asked)[];
  readonly prometheus: readonly (ServerSettings & Asked)[];
  readonly loki: readonly ServerSettings[];
  readonly logs: readonly { readonly name: string; readonly folder: string }[];
  readonly mcp: ReturnType<typeof mcpSettings>;
  readonly kubernetes: ReturnType<typeof kubernetesSettings> | null;
}

/** Addresses that stand in for one connector each: a server this machine reaches, without credentials. */
export interface ConnectorAddresses {
  readonly prometheusUrl?: string | undefined;
  readonly lokiUrl?: string | undefined;
}

/** Reads the secrets that the connectors name. Throws Fault("bad-config") with one line for each that is not there. */
export function readConnectors(
  connectors: z.output<typeof connectorsSchema>,
  file: string,
  addresses: ConnectorAddresses,
  source: Readonly<Record<string, string | undefined>> = process.env,
): ConnectorSettings {
  const mistakes: string[] = [];
  const secret = (wanted: string, place: string, what: string) => {
    const value = source[wanted]?.trim() ?? "";
    if (value === "" || /\p{Cc}/u.test(value))
      mistakes.push(
        `${file}, connectors.${place}: ${wanted} is ${value === "" ? "not set" : "not usable"}: it must hold ${what}.`,
      );
    return value;
  };
  const server =
    (kind: string) =>
    (entry: z.output<typeof Server>): ServerSettings => ({
      name: entry.name,
      url: entry.url,
      private: entry.private,
      headers: Object.fromEntries(
        Object.entries(entry.headersFromEnv).map(([key, from]) => [
          key,
          secret(from, `${kind}.${entry.name}`, `the value of the header ${key}`),
        ]),
      ),
    });
  const from = (kind: string, url: string | undefined): ServerSettings[] =>
    url === undefined ? [] : [{ name: kind, url, private: true, headers: {} }];
  const settings: ConnectorSettings = {
    http: connectors.http.map((entry) => ({
      ...server("http")(entry),
      methods: entry.methods,
      idempotencyHeader: entry.idempotencyHeader ?? null,
      redirects: entry.redirects,
      costUsd: entry.costUsd ?? null,
    })),
    sql: connectors.sql.map((entry) => {
      const url = secret(entry.urlFromEnv, `sql.${entry.name}`, "a PostgreSQL address of a role that only reads");
      if (url !== "" && !/^postgres(ql)?:$/.test(URL.canParse(url) ? new URL(url).protocol : ""))
        mistakes.push(
          `${file}, connectors.sql.${entry.name}: ${entry.urlFromEnv} is not usable: it must be a PostgreSQL address, for example postgres://reader:password@db:5432/shop.`,
        );
      return { name: entry.name, url, askedBy: entry.askedBy ?? null };
    }),
    prometheus: [
      ...from("prometheus", addresses.prometheusUrl).map((one) => ({ ...one, askedBy: null })),
      ...connectors.prometheus.map((entry) => ({ ...server("prometheus")(entry), askedBy: entry.askedBy ?? null })),
    ],
    loki: [...from("loki", addresses.lokiUrl), ...connectors.loki.map(server("loki"))],
    logs: connectors.logs.map((entry) => ({ name: entry.name, folder: resolve(dirname(file), entry.folder) })),
    mcp: mcpSettings(connectors.mcp, secret),
    kubernetes: connectors.kubernetes
      ? kubernetesSettings(connectors.kubernetes, file, secret, (sentence) => mistakes.push(sentence))
      : null,
  };
  if (mistakes.length > 0) throw new Fault("bad-config", mistakes.join("\n"));
  return settings;
}

/** Whether an address is scheme, host and path and nothing else. */
export function isBare(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return url.username === "" && url.password === "" && !/[?#]/.test(text);
}
