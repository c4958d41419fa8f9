import { expect } from "vitest";
import { tasks } from "../../src/commands.ts";
import type { World } from "../support/world.ts";

/** The newest message of #general that fits, once there is one. */
export const card = (world: World, text: string | RegExp, viewer: "ana" | "ben" = "ana") =>
  world.eventually(async () => {
    const found = (await world[viewer].sees("general")).findLast((message) => message.text.match(text));
    expect(found, `${viewer} reads ${text}`).toBeDefined();
    return found;
  });

/** All runs, as a manager sees them. */
export const runs = async (world: World) => (await world.cara.get("/api/runs")).body.runs as unknown[];

/** Makes a key as an operator does, and asks with it. */
export async function withKey(world: World, ...given: string[]) {
  const said: string[] = [];
  expect(await tasks["key create"]?.(world.steward, given, (line) => said.push(line))).toBe(0);
  const secret = /stw_\S+/.exec(said.join("\n"))?.[0] ?? "";
  return async (method: "GET" | "POST", path: string, body?: object) => {
    const response = await fetch(new URL(path, world.url), {
      method,
      headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
      ...(body && { body: JSON.stringify(body) }),
    });
    // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every door
    return { status: response.status, body: (await response.json()) as any };
  };
}
