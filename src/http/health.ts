import { Hono } from "hono";
import type { Env, Settings } from "./app.ts";
import type { Ports } from "./ports.ts";

const elsewhere = ["slack", "teams", "discord"];

/**
 * Whether we work, part by part: 503 when a part of our own does not; 200 and "degraded" when only a chat platform or a
 * system outside is away, since everything else goes on. Needs nobody signed in and tells nothing secret.
 */
export function healthDoor(ports: Ports, { version, mode }: Settings): Hono<Env> {
  return new Hono<Env>().get("/", async (c) => {
    const { components, sentence } = await ports.health.components();
    const healthy = Object.entries(components).every(
      ([part, state]) => state !== "unhealthy" || elsewhere.includes(part),
    );
    const whole = Object.values(components).every((state) => state === "healthy");
    const status = !healthy ? "unhealthy" : whole ? "healthy" : "degraded";
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
