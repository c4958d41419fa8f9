import { Hono } from "hono";
import type { Env, Ports, Settings } from "./ports.ts";

/** Whether we work, part by part: 200 healthy, 503 unhealthy. Needs nobody signed in and tells nothing secret. */
export function healthDoor(ports: Ports, { version, mode }: Settings): Hono<Env> {
  return new Hono<Env>().get("/", async (c) => {
    const { components, sentence } = await ports.health.components();
    const healthy = Object.values(components).every((state) => state === "healthy");
    const status = healthy ? "healthy" : "unhealthy";
    return c.json(
      {
        status,
        timestamp: Date.now(),
        version,
        environment: mode,
        components,
        ...(sentence !== undefined && { sentence }),
      },
      healthy ? 200 : 503,
    );
  });
}
