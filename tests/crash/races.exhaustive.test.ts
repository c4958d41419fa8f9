import { test } from "vitest";
import { race } from "./support/races.ts";

test("a thousand times two people press at once: one decision each, one effect", { timeout: 300_000 }, () =>
  race(1000),
);
