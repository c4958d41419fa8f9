import { once } from "node:events";
import { chmodSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { z } from "zod";
import type { Steward } from "./steward.ts";

/** A subcommand that reads the record or adds to it. Prints lines and returns the exit code. */
export type Task<On = Steward> = (on: On, args: readonly string[], print: (line: string) => void) => Promise<number>;

const Request = z.object({ name: z.string(), args: z.array(z.string()) });
const Answer = z.union([z.object({ line: z.string() }), z.object({ exit: z.number() })]);

const socketIn = (folder: string) => join(folder, "steward.sock");

/**
 * The embedded database belongs to one process, so `steward audit verify` beside a running Steward asks that one: through a
 * socket in the data folder that only its owner can open. One JSON line asks, each answer is a line, the last is the exit code.
 */
export async function openControl(
  folder: string,
  steward: Steward,
  tasks: Readonly<Record<string, Task>>,
): Promise<{ close(): void }> {
  const path = socketIn(folder);
  rmSync(path, { force: true });
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    const say = (answer: z.infer<typeof Answer>) => void socket.write(`${JSON.stringify(answer)}\n`);
    createInterface(socket).once("line", (line) => {
      const asked = Request.safeParse(parse(line));
      const task = asked.success && Object.hasOwn(tasks, asked.data.name) ? tasks[asked.data.name] : undefined;
      const done =
        asked.success && task ? task(steward, asked.data.args, (text) => say({ line: text })) : Promise.resolve(1);
      void done
        .catch((error: Error) => {
          say({ line: error.message });
          return 1;
        })
        .then((exit) => {
          say({ exit });
          socket.end();
        });
    });
  });
  server.listen(path);
  await once(server, "listening");
  chmodSync(path, 0o600);
  return {
    close() {
      server.close();
      rmSync(path, { force: true });
    },
  };
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

/** Has a running Steward do it; null when none answers. */
export async function askRunning(
  folder: string,
  request: { readonly name: string; readonly args: readonly string[] },
  print: (line: string) => void,
): Promise<number | null> {
  const socket = connect(socketIn(folder));
  const reached = await new Promise<boolean>((resolve) => {
    socket.once("connect", () => resolve(true));
    socket.once("error", () => resolve(false));
  });
  if (!reached) return null;
  socket.write(`${JSON.stringify(request)}\n`);
  for await (const line of createInterface(socket)) {
    const answer = Answer.parse(JSON.parse(line));
    if ("exit" in answer) return answer.exit;
    print(answer.line);
  }
  return null;
}
