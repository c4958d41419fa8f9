import { createServer, type Server } from "node:net";
import { pinOf } from "../../src/systems/mcp/pin.ts";
import { spellings } from "../support/spellings.ts";
import { serveLocally } from "./http-server.ts";

/** One for every place a secret is configured in; of each length in threes, since that is what Base64 goes by. */
export const secrets = {
  HTTP_TOKEN: "Bearer planted/http+1f0c",
  PROMETHEUS_TOKEN: "Bearer planted/prometheus+77ab",
  LOKI_TOKEN: `Basic ${Buffer.from("loki:planted/loki+931d").toString("base64")}`,
  MCP_KEY: "planted/mcp+key-52de",
  MCP_TOKEN: "Bearer planted/mcp+header-0b4e",
  CLUSTER_TOKEN: "planted/cluster+c2f8",
  GITHUB: "planted/github+6ad1",
  JIRA: "planted/jira+e90b",
};
const password = "planted-sql%20-d1c7";

/** The credentials themselves: without a scheme, and as they are sent. */
const credentials = [
  ...Object.values(secrets).map((secret) => secret.replace(/^\w+ /, "")),
  "loki:planted/loki+931d",
  Buffer.from(`bot@example.com:${secrets.JIRA}`).toString("base64"),
  password,
  decodeURIComponent(password),
];
/** Every spelling of each, as it is and as JSON writes it, in the middle: what is cut off at an end is no use. */
const known = credentials.flatMap((credential) =>
  Object.values(spellings).flatMap((spell) => {
    const [around, text] = [spell(""), spell(credential)];
    const own = text.slice(Math.min(around.length, text.length - 12));
    return [own, JSON.stringify(own).slice(1, -1)];
  }),
);

/** Whether any of them is in a text: by what was planted, not by what is looked for when they are blotted out. */
export const planted = {
  test: (text: string): boolean => /planted[-/][a-z]/i.test(text) || known.some((one) => text.includes(one)),
};

/** A PostgreSQL that asks for the password in clear and says it back. */
function talkativeDatabase(): Promise<Server> {
  const message = (type: string, body: Buffer) => {
    const head = Buffer.alloc(5);
    head.write(type);
    head.writeInt32BE(body.length + 4, 1);
    return Buffer.concat([head, body]);
  };
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.on("data", (data: Buffer) => {
      if (data[0] !== 0x70) return void socket.write(message("R", Buffer.from([0, 0, 0, 3])));
      const said = data.subarray(5, -1).toString();
      socket.end(message("E", Buffer.from(`SFATAL\0VFATAL\0C57P03\0Mno entry with ${said}\0\0`)));
    });
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

const echo = pinOf({
  name: "echo",
  description: "Says its key.",
  inputSchema: { type: "object" },
  outputSchema: undefined,
});
const program = `
process.stdin.setEncoding("utf8");
process.stderr.write("starting with " + process.env.MCP_KEY + "\\n");
const answer = (id, result) => process.stdout.write(JSON.stringify({ jsonrpc: "2.0", id, result }) + "\\n");
let rest = "";
process.stdin.on("data", (chunk) => {
  const lines = (rest + chunk).split("\\n");
  rest = lines.pop();
  for (const line of lines) {
    const { id, method, params } = JSON.parse(line);
    if (method === "initialize") answer(id, { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: "echo", version: "1" } });
    if (method === "tools/list") answer(id, { tools: [{ name: "echo", description: "Says its key.", inputSchema: { type: "object" } }, { name: "offer", description: "Knows " + process.env.MCP_KEY, inputSchema: { type: "object" } }] });
    if (method === "tools/call" && params.arguments.die) process.exit(1);
    if (method === "tools/call") answer(id, { isError: params.arguments.fail === true, content: [{ type: "text", text: "key " + process.env.MCP_KEY }] });
  }
});`;

/** Systems that answer everything with the secret they were sent, and how they are configured. */
export async function talkativeSystems() {
  const database = await talkativeDatabase();
  let status = 500;
  let spell = spellings["Base64"] ?? String;
  const server = await serveLocally((request, response) => {
    const { authorization = "" } = request.headers;
    const [, credential = ""] = authorization.split(" ");
    const decoded = authorization.startsWith("Basic") ? Buffer.from(credential, "base64").toString() : credential;
    // In a line of its own: a status and a header have no others.
    const said = `${spell(decoded)} ${spell(credential)} ${authorization}`.replaceAll(/[\r\n]+/g, "");
    const body = { message: said, errorMessages: [said], error: said, errorType: "internal", status: "error" };
    response.writeHead(status, said, { "content-type": "application/json", location: `/?${authorization}` });
    response.end(JSON.stringify(body));
  });
  const url = `http://127.0.0.1:${server.port}`;
  const { port } = database.address() as { port: number };
  const near = { url, private: true };
  return {
    url,
    source: { ...secrets, SQL_URL: `postgres://reader:${password}@127.0.0.1:${port}/shop` },
    connectors: {
      http: [
        {
          name: "billing",
          ...near,
          headersFromEnv: { Authorization: "HTTP_TOKEN" },
          methods: { POST: "never", PUT: "never", PATCH: "never", DELETE: "never" },
        },
      ],
      prometheus: [{ name: "main", ...near, headersFromEnv: { Authorization: "PROMETHEUS_TOKEN" } }],
      loki: [{ name: "main", ...near, headersFromEnv: { Authorization: "LOKI_TOKEN" } }],
      sql: [{ name: "shop", urlFromEnv: "SQL_URL" }],
      mcp: [
        {
          name: "near",
          command: [process.execPath, "-e", program],
          env: ["MCP_KEY"],
          tools: { echo: { risk: "read", description: echo } },
        },
        { name: "far", ...near, headersFromEnv: { Authorization: "MCP_TOKEN" }, optional: true },
      ],
    },
    /** What it answers from now on, and how it spells what it was sent. */
    answersWith(now: number, spelling: keyof typeof spellings = "in clear") {
      status = now;
      spell = spellings[spelling] ?? spell;
    },
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => database.close(resolve));
      await server[Symbol.asyncDispose]();
    },
  };
}
