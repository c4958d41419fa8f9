import { expect, test } from "vitest";

test("what shows itself in one run of two is not tried until it is well", ({ task }) => {
  expect(task.retry ?? 0).toBe(0);
});
