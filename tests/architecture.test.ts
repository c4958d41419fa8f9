import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { posix } from "node:path";
import { describe, expect, test } from "vitest";

const nouns = "inbox recognize workflow orchestrator gates messages audit people agents model"
  .split(" ")
  .map((room) => `src/${room}`);

/** Each room, and the rooms it may import besides itself. Noun rooms reach each other through front files only. */
const rooms: Readonly<Record<string, readonly string[]>> = {
  "src/domain": [],
  ...Object.fromEntries(nouns.map((room) => [room, ["src/domain", ...nouns]])),
  // They implement ports that live beside their consumer, and never import each other.
  "src/store": ["src/domain", ...nouns],
  "src/queue": ["src/domain", ...nouns],
  "src/adapters": ["src/domain", ...nouns],
  "src/systems": ["src/domain", ...nouns],
  "src/trial": ["src/domain", ...nouns],
  "src/http": ["src/domain", ...nouns],
  "src/console": ["src/domain", ...nouns],
  "src/watch": ["src/domain", ...nouns],
  "src/config": ["src/domain", ...nouns],
  intents: ["src/domain", "src/recognize"],
  machines: ["src/domain", "src/workflow", "src/gates", "src/agents"],
};

/** The wiring: these files may import every room and each other, and no room may import them. */
const wiring = [
  "compose steward abilities library startable toolbox past in-use routing work delivery records platforms connectors sources services messenger",
  "hooks roles tasks serve commands control terminal doctor main",
  "doors/doors doors/runs doors/agents doors/gates doors/trial doors/begin doors/judge",
]
  .flatMap((names) => names.split(" "))
  .map((file) => `src/${file}.ts`);

/** What a noun room shows the other noun rooms, where that is not the file that has the room's name. */
const fronts: Readonly<Record<string, readonly string[]>> = {
  "src/agents": ["src/agents/index.ts", "src/agents/turn.ts"],
  "src/audit": ["src/audit/entry.ts", "src/audit/verify.ts", "src/audit/export.ts"],
  "src/orchestrator": ["src/orchestrator/kernel.ts", "src/orchestrator/batch.ts", "src/orchestrator/queue.ts"],
  "src/recognize": [
    "recognize",
    "parts",
    "propose",
    "learner",
    "moment",
    "thread",
    "fill",
    "small-talk",
    "knowledge",
    "plea",
  ].map((file) => `src/recognize/${file}.ts`),
  "src/workflow": ["src/workflow/index.ts"],
  "src/messages": ["src/messages/adapter.ts", "src/messages/platform.ts"],
};

/** Ports that live beside a consumer which is no noun room: whoever implements one may name its types, and import nothing. */
const ports: readonly string[] = [
  "src/http/reads.ts",
  "src/http/ports.ts",
  "src/http/chat-port.ts",
  "src/http/trial-port.ts",
  "src/http/app.ts",
  "src/trial/company.ts",
  "src/systems/services/sources.ts",
  "src/systems/overview/runs.ts",
];

/** What every system may use: the one way out over HTTP, answers without our secrets, what becomes of them, rest for who does not answer, and one note kept. */
const forSystems: readonly string[] = [
  "src/systems/http/guard.ts",
  "src/systems/http/connection.ts",
  "src/systems/http/conceal.ts",
  "src/systems/answer.ts",
  "src/systems/breaker.ts",
  "src/systems/one-note.ts",
  "src/systems/asker.ts",
  "src/systems/table.ts",
  "src/systems/whole.ts",
];

/** Packages that belong to certain rooms. */
const packages: Readonly<Record<string, readonly string[]>> = {
  "drizzle-orm": ["src/store"],
  pg: ["src/store"],
  "@electric-sql/pglite": ["src/store"],
  "pg-boss": ["src/queue"],
  xstate: ["machines", "src/orchestrator"],
  "@anthropic-ai/sdk": ["src/model"],
  undici: ["src/systems/http"],
  "ipaddr.js": ["src/systems/http"],
  postgres: ["src/systems/sql"],
  "quickjs-emscripten-core": ["src/systems/sandbox"],
  "@jitl/quickjs-wasmfile-release-sync": ["src/systems/sandbox"],
  echarts: ["src/systems/charts"],
  "@resvg/resvg-js": ["src/systems/charts"],
};

const files = ["src", "machines", "intents"].flatMap(listFiles);
const code = new Map(files.map((file) => [file, withoutComments(readFileSync(file, "utf8"))]));
const imports = new Map([...code].map(([file, text]) => [file, importsOf(file, text)]));
const between = files.flatMap((from) =>
  (imports.get(from) ?? []).filter((to) => files.includes(to)).map((to) => ({ from, to })),
);

describe("the house is built as the table says", () => {
  test("every file lies in a room that the table knows", () => {
    expect(files.filter((file) => !wiring.includes(file) && !(houseOf(file) in rooms))).toEqual([]);
  });

  test("rooms import only what they may", () => {
    const wrong = between.filter(
      ({ from, to }) => !wiring.includes(from) && roomOf(from) !== roomOf(to) && !mayImport(from, to),
    );
    expect(wrong.map(name)).toEqual([]);
  });

  test("noun rooms show each other only their front files", () => {
    const wrong = between.filter(
      ({ from, to }) =>
        nouns.includes(roomOf(from)) && nouns.includes(roomOf(to)) && roomOf(from) !== roomOf(to) && !isFront(to),
    );
    expect(wrong.map(name)).toEqual([]);
  });

  test("imports lead to files that are there", () => {
    const inside = [...imports].flatMap(([from, all]) =>
      all.filter((to) => to.includes("/") && isOurs(to)).map((to) => ({ from, to })),
    );
    expect(inside.filter(({ to }) => !existsSync(to)).map(name)).toEqual([]);
  });

  test.each(Object.entries(packages))("%s is imported only in %j", (wanted, owners) => {
    const wrong = [...imports].flatMap(([from, all]) =>
      all.filter((to) => packageOf(to) === wanted).map((to) => ({ from, to })),
    );
    expect(wrong.filter(({ from }) => !owners.includes(roomOf(from))).map(name)).toEqual([]);
  });

  test("only config reads the environment", () => {
    const readers = [...code].filter(
      ([file, text]) =>
        roomOf(file) !== "src/config" && /\bprocess\s*\.\s*env\b|\benv\b[^"']*from "node:process"/.test(text),
    );
    expect(readers.map(([file]) => file)).toEqual([]);
  });

  test("no files import each other in a circle", () => {
    expect(circleIn(between)).toBeNull();
  });

  test("no rooms import each other in a circle", () => {
    const doors = between.map(({ from, to }) => ({ from: roomOf(from), to: roomOf(to) }));
    expect(circleIn(doors.filter(({ from, to }) => from !== to))).toBeNull();
  });
});

describe("the map in ARCHITECTURE.md is true", () => {
  const page = existsSync("ARCHITECTURE.md") ? readFileSync("ARCHITECTURE.md", "utf8") : "";
  const block = /^## Map\b[^\n]*\n(?:(?!^## )[\s\S])*?^```[^\n]*\n([\s\S]*?)^```/m.exec(page)?.[1] ?? "";
  // A line begins with a path; one that begins with a space goes on with the line before.
  const mapped = block.split("\n").flatMap((line) => /^[^\s#]+/.exec(line)?.[0].replace(/\/$/, "") ?? []);

  test("it shows only what is there", () => {
    expect(
      mapped.length,
      'ARCHITECTURE.md needs a heading "## Map" and under it a fenced block of paths',
    ).toBeGreaterThan(0);
    expect(mapped.filter((path) => !existsSync(path))).toEqual([]);
  });

  test("it shows every room there is", () => {
    const there = new Set(files.map(houseOf));
    expect([...there].filter((room) => !mapped.includes(room))).toEqual([]);
  });
});

describe("the test itself", () => {
  test("sees imports of every form", () => {
    const text = `import a from "./a.ts";\nimport type {\n  B,\n} from "../b.ts";\nexport * from 'c';\nimport "d";\nawait import("../e.ts");\n`;
    expect(importsOf("src/x/y.ts", text)).toEqual(["src/x/a.ts", "src/b.ts", "c", "d", "src/e.ts"]);
  });

  test("names a circle", () => {
    expect(
      circleIn([
        { from: "a", to: "b" },
        { from: "b", to: "c" },
        { from: "c", to: "b" },
      ]),
    ).toBe("b -> c -> b");
    expect(
      circleIn([
        { from: "a", to: "b" },
        { from: "a", to: "c" },
        { from: "b", to: "c" },
      ]),
    ).toBeNull();
  });

  test("reads code and not comments", () => {
    expect(withoutComments('a(); // process.env\n/* import "x" */ const url = "http://b";')).toBe(
      'a(); \n const url = "http://b";',
    );
  });
});

interface Arrow {
  readonly from: string;
  readonly to: string;
}

function name({ from, to }: Arrow): string {
  return `${from} imports ${to}`;
}

function listFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .map((entry) => `${folder}/${entry}`)
    .flatMap((path) => (statSync(path).isDirectory() ? listFiles(path) : /\.tsx?$/.test(path) ? [path] : []));
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|(?<![:\\"'`])\/\/.*$/gm, "");
}

/** What a file imports: our own files as paths from the root, packages by their specifier. */
function importsOf(file: string, text: string): string[] {
  const statement =
    /^\s*(?:import|export)\b[^;'"]*?\bfrom\s*["']([^"']+)["']|^\s*import\s*["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']/gm;
  return [...text.matchAll(statement)]
    .map(([, from, bare, lazy]) => from ?? bare ?? lazy ?? "")
    .map((to) => (to.startsWith(".") ? posix.join(posix.dirname(file), to) : to));
}

/** The room's name in the table: src/gates, machines, src/compose.ts. */
function houseOf(file: string): string {
  const parts = file.split("/");
  return parts[0] === "src" ? parts.slice(0, 2).join("/") : (parts[0] ?? "");
}

/** The same, but every chat platform and every system is a room of its own. */
function roomOf(file: string): string {
  const house = houseOf(file);
  const parts = file.split("/");
  return (house === "src/adapters" || house === "src/systems") && parts.length > 3
    ? parts.slice(0, 3).join("/")
    : house;
}

function mayImport(from: string, to: string): boolean {
  if (ports.includes(to) && isTypeOnly(from, to)) return true;
  if (forSystems.includes(to) && houseOf(from) === "src/systems") return true;
  return (rooms[houseOf(from)] ?? []).includes(houseOf(to)) || to.startsWith(`${roomOf(from)}/`);
}

function isTypeOnly(from: string, to: string): boolean {
  const statements = (code.get(from) ?? "").replace(/^\s*(?:import|export)\s+type\b[^;]*;/gm, "");
  return !importsOf(from, statements).includes(to);
}

function isFront(file: string): boolean {
  const room = roomOf(file);
  return (fronts[room] ?? [`${room}/${posix.basename(room)}.ts`]).includes(file);
}

function isOurs(path: string): boolean {
  return ["src/", "machines/", "intents/"].some((root) => path.startsWith(root));
}

function packageOf(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

/** The first circle among the arrows, as "a -> b -> a", or null. */
function circleIn(arrows: readonly Arrow[]): string | null {
  const next = Map.groupBy(arrows, ({ from }) => from);
  const done = new Set<string>();
  const visit = (at: string, path: readonly string[]): string | null => {
    if (path.includes(at)) return [...path.slice(path.indexOf(at)), at].join(" -> ");
    if (done.has(at)) return null;
    for (const { to } of next.get(at) ?? []) {
      const circle = visit(to, [...path, at]);
      if (circle) return circle;
    }
    done.add(at);
    return null;
  };
  for (const from of next.keys()) {
    const circle = visit(from, []);
    if (circle) return circle;
  }
  return null;
}
