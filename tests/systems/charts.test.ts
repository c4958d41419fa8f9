import { inflateSync } from "node:zlib";
import { expect, test } from "vitest";
import type { Fault } from "../../src/domain/fault.ts";
import type { Json } from "../../src/domain/json.ts";
import { pictureIn } from "../../src/domain/picture.ts";
import type { AnyTool } from "../../src/domain/tool.ts";
import { draw } from "../../src/systems/charts/draw.ts";
import { figureOf } from "../../src/systems/charts/figure.ts";
import { figuresOf, wordsOf } from "../../src/systems/charts/figures.ts";
import { chartTools } from "../../src/systems/charts/tools.ts";
import { run as runTool } from "./run-tool.ts";

const noon = Date.parse("2026-05-01T12:00:00Z");
const minute = 60_000;
const at = (minutes: number) => new Date(noon + minutes * minute).toISOString();
/** Two hours from noon, a value a minute: fine for an hour and a half, then not. */
const course = (calm: number, bad: number) => Array.from({ length: 121 }, (_, i) => (i < 90 ? calm : bad));
const metrics = {
  service: "api",
  environment: "production",
  since: at(0),
  stepMs: minute,
  metrics: { memory: course(40, 55), cpu: course(20, 35), errorRate: course(0.2, 31.4), latencyMs: course(90, 1250) },
};
const deploys = {
  version: "2.0.1",
  deploys: [
    { version: "2.0.1", by: "ana", at: at(88), change: "version" },
    { version: "2.0.0", by: "ana", at: at(-600), change: "version" },
  ],
};
const asked = { title: "api in production", metrics, deploys, startedAt: at(92) };

/** Pixels of a PNG with a palette, a row at a time, as colours. */
function rowsOf(png: Buffer): string[][] {
  const chunks = new Map<string, Buffer>();
  for (let i = 8; i < png.length; ) {
    const length = png.readUInt32BE(i);
    chunks.set(png.toString("latin1", i + 4, i + 8), png.subarray(i + 8, i + 8 + length));
    i += 12 + length;
  }
  const [header, palette, data] = ["IHDR", "PLTE", "IDAT"].map((name) => chunks.get(name) ?? Buffer.alloc(0));
  const [width = 0, each] = [header?.readUInt32BE(0), 8 / (header?.[8] ?? 8)];
  const length = 1 + Math.ceil(width / each);
  const raw = inflateSync(data ?? Buffer.alloc(0));
  const colour = (i: number) => palette?.toString("hex", 3 * i, 3 * i + 3) ?? "";
  return Array.from({ length: header?.readUInt32BE(4) ?? 0 }, (_, y) => {
    const [how, ...bytes] = raw.subarray(y * length, (y + 1) * length);
    expect(how).toBe(0);
    const places = each === 1 ? bytes : bytes.flatMap((byte) => [byte >> 4, byte & 15]);
    return places.slice(0, width).map(colour);
  });
}

test("a picture says in words what it shows: figures now and at their highest, the alert, what was deployed", async () => {
  const [tool] = chartTools(async () => null) as [AnyTool];
  const { picture } = (await runTool(tool, {
    service: "api",
    environment: "production",
    startedAt: at(92),
    metrics,
    deploys,
  })) as {
    picture: Record<string, Json>;
  };
  expect(picture["alt"]).toBe(
    "Figures of api in production from 12:32 to 14:00 UTC. Errors: now 31 %, highest 31 % at 13:30. " +
      "Latency: now 1,250 ms, highest 1,250 ms at 13:30. CPU: now 35 %, highest 35 % at 13:30. " +
      "The alert began at 13:32. 2.0.1 was deployed at 13:28.",
  );
  const kept = pictureIn(JSON.stringify(picture));
  if (kept === null) throw new Error("it is no picture");
  const { width, height } = kept;
  expect([rowsOf(kept.small).length, rowsOf(kept.small)[0]?.length]).toEqual([height, width]);
  expect([rowsOf(kept.image).length, rowsOf(kept.image)[0]?.length]).toEqual([2 * height, 2 * width]);
  // The alert is a solid line through every figure, right of the one that is dashed.
  const reds = rowsOf(kept.small).map((row) => row.flatMap((colour, x) => (/^[a-c].2.[12].$/.test(colour) ? [x] : [])));
  const columns = reds.flat().filter((x) => reds.filter((row) => row.includes(x)).length > 200);
  expect(new Set(columns).size).toBeGreaterThan(0);
});

test.each([
  ["wide letters", "W".repeat(100)],
  [
    "a long sentence",
    "the service that does everything for everybody, everywhere and at any time of the day ".repeat(2),
  ],
  ["other alphabets", "決済サービス 🔥🔥 ﷽ ".repeat(12)],
  ["markup", `"><image href="https://evil.example/x.png"/><script>${"x".repeat(60)}</script> {b} {a|x}`],
])("%s stay inside: nothing reaches the edge, and nothing but letters comes of them", async (_, title) => {
  const figures = figuresOf({ ...asked, title, deploys: { deploys: [{ version: title, at: at(60) }] } });
  if (figures === null) throw new Error("nothing to draw");
  const { small } = await draw(figures);
  const rows = rowsOf(small);
  const inside = rows.slice(1, -1).flatMap((row) => [...row.slice(1, 8), ...row.slice(-8, -1)]);
  expect(new Set([...inside, ...[rows[3], rows.at(-3)].flatMap((row = []) => row.slice(1, -1))])).toEqual(
    new Set(["ffffff"]),
  );
});

test("what is now is the latest that was measured, also where a point of the curve is the highest of several", () => {
  // Four values a point: the last point stands for 110, 106, 90 and 32.
  const latencyMs = [...Array.from({ length: 396 }, () => 110), 110, 106, 90, 32];
  const figures = figuresOf({ ...asked, startedAt: null, metrics: { ...metrics, metrics: { latencyMs } } });
  if (figures === null) throw new Error("nothing to draw");
  expect([figures.curves[0]?.values.at(-1), figures.curves[0]?.now]).toEqual([110, 32]);
  expect(wordsOf(figures)).toContain("Latency: now 32 ms, highest 110 ms at 12:00.");
  expect(JSON.stringify(figureOf(figures).option)).toContain("now 32, highest 110");
});

test("an hour before the alert is shown; without an alert, or with one of another time, all there is", () => {
  const from = (startedAt: string | null) => new Date(figuresOf({ ...asked, startedAt })?.from ?? 0).toISOString();
  expect([at(92), at(30), at(500), null, "soon"].map(from)).toEqual([at(32), at(0), at(0), at(0), at(0)]);
});

test("no two lines of text overlap, however many there are", () => {
  const many = Array.from({ length: 9 }, (_, i) => ({ version: `2.0.${i}-${"long".repeat(9)}`, at: at(10 + i) }));
  const spiky = Object.fromEntries(
    ["errorRate", "latencyMs", "cpu", "memory", "disk", "steal"].map((name) => [name, course(1, 99)]),
  );
  const figures = figuresOf({ ...asked, metrics: { ...metrics, metrics: spiky }, deploys: { deploys: many } });
  if (figures === null) throw new Error("nothing to draw");
  expect(figures.curves.map(({ label }) => label)).toEqual(["Errors", "Latency", "CPU", "Memory"]);
  const { option, height } = figureOf(figures);
  const lines = (option["title"] as { top: number; textAlign?: string; textStyle: { fontSize: number } }[])
    .filter(({ textAlign }) => textAlign === undefined)
    .map(({ top, textStyle }) => [top, top + textStyle.fontSize] as const);
  // The zone of all its times is said once.
  expect(JSON.stringify(option).match(/\bUTC\b/g)).toHaveLength(1);
  for (const [i, [top]] of lines.entries()) expect(top).toBeGreaterThan(lines[i - 1]?.[1] ?? 0);
  const grids = option["grid"] as { top: number; height: number }[];
  for (const grid of grids)
    expect(lines.filter(([top, bottom]) => bottom > grid.top && top < grid.top + grid.height)).toEqual([]);
  expect(height).toBeGreaterThan((grids.at(-1)?.top ?? 0) + (grids.at(-1)?.height ?? 0) + 20);
});

test("noise of two hours in four figures still travels inside a message", async () => {
  const noise = Object.fromEntries(
    ["errorRate", "latencyMs", "cpu", "memory"].map((name, n) => [
      name,
      Array.from({ length: 481 }, (_, i) => 50 + 45 * Math.sin((i + 7 * n) * (i + 3))),
    ]),
  );
  const figures = figuresOf({ ...asked, metrics: { ...metrics, stepMs: 15_000, metrics: noise } });
  if (figures === null) throw new Error("nothing to draw");
  expect(figures.curves).toHaveLength(4);
  const { image, small } = await draw(figures);
  // In base64, beside 5 KB of words and within the 27 KB that a card of Teams may have.
  expect(small.length).toBeLessThan(16_000);
  expect(image.length).toBeLessThan(60_000);
});

test("what is large is read from the run's own artifacts; what is no figures is not drawn", async () => {
  const id = "0199b2d0-0000-7000-8000-000000000000";
  const read: string[] = [];
  const [tool] = chartTools(async (tenant, runId, artifact) => {
    read.push(`${tenant} ${runId} ${artifact}`);
    return artifact === id ? JSON.stringify(metrics) : null;
  }) as [AnyTool];
  const place = { service: "api", environment: "production" };
  expect(await runTool(tool, { ...place, metrics: { artifact: id, bytes: 9000 } })).toMatchObject({
    picture: { alt: expect.stringContaining("Errors: now 31 %") },
  });
  expect(read).toEqual([expect.stringContaining(id)]);
  const other = { artifact: "0199b2d0-0000-7000-8000-000000000001", bytes: 9 };
  const refused = (code: string) => (fault: Fault) => fault.code === code && fault.retryAfterMs === null;
  await expect(runTool(tool, { ...place, metrics: other })).rejects.toSatisfy(refused("not-found"));
  for (const nothing of [
    { unknown: "no metrics" },
    null,
    "https://evil.example/x.png",
    { ...metrics, metrics: {} },
    { ...metrics, since: "soon" },
  ])
    await expect(runTool(tool, { ...place, metrics: nothing })).rejects.toSatisfy(refused("bad-request"));
});
