import { expect } from "vitest";
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
