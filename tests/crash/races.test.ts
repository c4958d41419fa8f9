import { test } from "vitest";
import { race } from "./support/races.ts";

test("fifty times two people press at once: one decision each, one effect", () => race(50));
