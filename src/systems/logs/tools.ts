import { constants } from "node:fs";
import { type FileHandle, open, readdir, realpath } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { z } from "zod";
import { Fault } from "../../domain/fault.ts";
import { type AnyTool, defineTool } from "../../domain/tool.ts";

/** A folder whose files are logs. */
export interface LogFolder {
  readonly name: string;
  /** Absolute. */
  readonly folder: string;
}

const mostFiles = 200;
const deepest = 3;
/** Read from the end of each file; and of all of them together. */
const tailBytes = 2 * 2 ** 20;
const mostBytes = 32 * 2 ** 20;
const longestLine = 2000;
const mostKept = 200_000;

const Found = z.object({
  lines: z.array(z.object({ file: z.string(), line: z.string() })),
  /** There was more: earlier matches, files not read, or what lies before the part of a file that was. */
  more: z.boolean(),
});

/** Searching log files. Without a folder there is no tool. No path comes from whoever asks. */
export function logTools(folders: readonly LogFolder[]): AnyTool[] {
  const [first, ...rest] = folders;
  if (!first) return [];
  return [
    defineTool({
      name: "logs.search",
      summary: "Lines of log files that contain a text, the last ones of each file",
      params: z.object({
        folder: z.enum([first.name, ...rest.map((one) => one.name)]).optional(),
        contains: z.string().min(1).max(500),
        /** Only files whose name holds this. */
        service: z.string().min(1).max(200).optional(),
        limit: z.int().min(1).max(1000).optional(),
      }),
      result: Found,
      risk: () => "read" as const,
      effect: "keyed",
      timeoutMs: 15_000,
      steers: ["folder", "contains", "service", "limit"],
      describe: ({ contains, service }) =>
        `Search the log files${service === undefined ? "" : ` of ${service}`} for “${contains}”`,
      run: ({ args, signal }) =>
        searchIn(
          folders.find((one) => one.name === args.folder) ?? first,
          { ...args, limit: args.limit ?? 100 },
          signal,
        ),
    }),
  ];
}

interface Wanted {
  readonly contains: string;
  readonly service?: string | undefined;
  readonly limit: number;
}

async function searchIn(where: LogFolder, wanted: Wanted, signal: AbortSignal): Promise<z.output<typeof Found>> {
  const root = await rootOf(where);
  const all = await filesIn(root, deepest);
  const files = all.filter((file) => wanted.service === undefined || file.includes(wanted.service)).sort();
  let more = files.length > mostFiles;
  let left = mostBytes;
  const found: { file: string; line: string }[] = [];
  for (const file of files.slice(0, mostFiles)) {
    signal.throwIfAborted();
    const tail = left > 0 ? await tailOf(root, file, Math.min(tailBytes, left)) : null;
    if (tail === null || tail.cut) more = true;
    if (tail === null) continue;
    left -= tail.text.length;
    const matches = tail.text.split("\n").filter((line) => line.includes(wanted.contains));
    found.push(...matches.slice(-wanted.limit).map((line) => ({ file, line: shortened(line.replace(/\r$/, "")) })));
    if (matches.length > wanted.limit) more = true;
  }
  const lines: typeof found = [];
  let kept = 0;
  for (const one of found.slice(-wanted.limit).reverse()) {
    kept += one.line.length + one.file.length;
    if (kept > mostKept) break;
    lines.unshift(one);
  }
  return { lines, more: more || lines.length < found.length };
}

async function rootOf({ name, folder }: LogFolder): Promise<string> {
  try {
    return await realpath(folder);
  } catch (error) {
    throw new Fault(
      "tool-failed",
      `The log folder ${name} cannot be read (${(error as NodeJS.ErrnoException).code ?? "error"}).`,
      { retryAfterMs: 5000 },
    );
  }
}

/** Regular files below the folder, as paths from it. Links are not followed. */
async function filesIn(folder: string, depth: number): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const below = await Promise.all(
    entries.map(async (entry) => {
      if (entry.isFile()) return [entry.name];
      if (!entry.isDirectory() || depth === 0) return [];
      const inside = await filesIn(join(folder, entry.name), depth - 1).catch(() => []);
      return inside.map((file) => `${entry.name}${sep}${file}`);
    }),
  );
  return below.flat();
}

/** The end of a file; null when it cannot be read or is not, by now, a regular file inside the folder. */
async function tailOf(root: string, file: string, bytes: number): Promise<{ text: string; cut: boolean } | null> {
  let handle: FileHandle | null = null;
  try {
    const path = join(root, file);
    handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const stat = await handle.stat();
    if (!stat.isFile() || relative(root, await realpath(path)) !== file) return null;
    const from = Math.max(0, stat.size - bytes);
    const buffer = Buffer.alloc(Math.min(stat.size, bytes));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, from);
    const text = buffer.toString("utf8", 0, bytesRead);
    return { text: from === 0 ? text : text.slice(text.indexOf("\n") + 1), cut: from > 0 };
  } catch {
    return null;
  } finally {
    await handle?.close();
  }
}

function shortened(line: string): string {
  return line.length > longestLine ? `${line.slice(0, longestLine).toWellFormed()}…` : line;
}

/** What is missing before the folder can be searched, as sentences. */
export async function checkLogs(where: LogFolder): Promise<string[]> {
  try {
    await filesIn(await rootOf(where), 0);
    return [];
  } catch (error) {
    return [error instanceof Fault ? error.message : `The log folder ${where.name} cannot be read.`];
  }
}
