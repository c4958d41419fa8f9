import { randomBytes } from "node:crypto";
import { Hono } from "hono";
import { deleteCookie, setSignedCookie } from "hono/cookie";
import { z } from "zod";
import type { Person } from "../domain/incoming.ts";
import type { Env, Settings } from "./app.ts";
import { readBody } from "./body.ts";
import { claimedPerson, cookieName } from "./caller.ts";
import type { Ports } from "./ports.ts";

const SignIn = z.object({ person: z.string().min(1).max(60) });
const monthSeconds = 30 * 86_400;

/** Who am I, be somebody (trial only, under the same rules as the person header), be nobody. */
export function sessionDoor(ports: Ports, settings: Settings): Hono<Env> {
  const door = new Hono<Env>();
  door.get("/", (c) => {
    const caller = c.get("caller");
    return c.json({ person: caller.kind === "person" ? shown(caller.person) : null });
  });
  door.post("/", async (c) => {
    const { person: claimed } = await readBody(c, SignIn);
    const person = await claimedPerson(c, claimed, ports, settings);
    const value = `${person.id}.${randomBytes(16).toString("base64url")}`;
    await setSignedCookie(c, cookieName, value, settings.sessionSecret, {
      httpOnly: true,
      sameSite: "Strict",
      path: "/",
      maxAge: monthSeconds,
    });
    return c.json({ person: shown(person) });
  });
  door.delete("/", (c) => {
    deleteCookie(c, cookieName, { path: "/" });
    return c.body(null, 204);
  });
  return door;
}

function shown({ id, name, kind, roles }: Person) {
  return { id, name, kind, roles };
}
