import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { AnyTool } from "../../src/domain/tool.ts";
import { checkLogs, logTools } from "../../src/systems/logs/tools.ts";
import { run } from "./run-tool.ts";

let home: string;
let search: AnyTool;
let plug: Server;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "steward-logs-"));
  const logs = join(home, "logs");
  mkdirSync(join(logs, "billing"), { recursive: true });
  writeFileSync(join(logs, "checkout.log"), "10:00 start\r\n10:01 error: no disk\n10:02 error: .* again\n10:03 fine");
  writeFileSync(join(logs, "billing", "app.log"), "11:00 error: late\n");
  writeFileSync(join(home, "secret.log"), "error: the password is hunter2\n");
  symlinkSync(join(home, "secret.log"), join(logs, "checkout-link.log"));
  symlinkSync(home, join(logs, "up"));
  plug = createServer();
  await new Promise<void>((resolve) => plug.listen(join(logs, "checkout-plug.log"), resolve));
  [search] = logTools([{ name: "apps", folder: logs }]) as [AnyTool];
});

afterAll(async () => {
  await new Promise((resolve) => plug.close(resolve));
  rmSync(home, { recursive: true });
});

test("lines that hold a text are found in every file, and nothing outside the folder is read", async () => {
  expect(await run(search, { contains: "error" })).toEqual({
    lines: [
      { file: "billing/app.log", line: "11:00 error: late" },
      { file: "checkout.log", line: "10:01 error: no disk" },
      { file: "checkout.log", line: "10:02 error: .* again" },
    ],
    more: false,
  });
});

test("a text is a text and no pattern, and a service's name no path", async () => {
  expect(await run(search, { contains: ".*" })).toMatchObject({ lines: [{ line: "10:02 error: .* again" }] });
  for (const service of ["../secret", "/etc/passwd", "..", "up/secret"])
    expect(await run(search, { contains: "error", service })).toEqual({ lines: [], more: false });
  expect(await run(search, { contains: "error", service: "billing" })).toMatchObject({
    lines: [{ line: "11:00 error: late" }],
  });
});

test("of many matches the last are shown, of a large file the end is read, and both are said", async () => {
  const logs = join(home, "large");
  mkdirSync(logs);
  writeFileSync(
    join(logs, "a.log"),
    `first hit\n${`${"x".repeat(999)}\n`.repeat(3000)}hit 1\nhit 2\nhit ${"y".repeat(3000)}\n`,
  );
  const [tool] = logTools([{ name: "large", folder: logs }]) as [AnyTool];
  expect(await run(tool, { contains: "hit", limit: 2 })).toEqual({
    lines: [
      { file: "a.log", line: "hit 2" },
      { file: "a.log", line: `hit ${"y".repeat(1996)}…` },
    ],
    more: true,
  });
  expect(await run(tool, { contains: "first hit" })).toEqual({ lines: [], more: true });
});

test("a folder that is not there is a sentence", async () => {
  const gone = { name: "gone", folder: join(home, "gone") };
  await expect(run(logTools([gone])[0] as AnyTool, { contains: "x" })).rejects.toThrow(
    "The log folder gone cannot be read (ENOENT).",
  );
  expect(await checkLogs(gone)).toEqual(["The log folder gone cannot be read (ENOENT)."]);
  expect(await checkLogs({ name: "apps", folder: join(home, "logs") })).toEqual([]);
});
