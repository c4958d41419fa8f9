import { z } from "zod";

const Days = z
  .string()
  .regex(/^([1-9]\d{0,3}d|never)$/, "must be a number of days such as 30d, at most 9999d, or never")
  .transform((text) => (text === "never" ? null : Number.parseInt(text, 10)));

/** How many days after a run has ended what it no longer needs is kept; null: for ever. The audit is never taken away. */
export const RetentionEntry = z.strictObject({
  /** Large outputs, the blackboard, what models were asked. */
  work: Days.default(30),
  /** Each call of a model with its answer. What was spent is kept in sums. */
  modelCalls: Days.default(400),
  /** What was said, by its age, and what actors were told: the bodies beside the audit's digests. */
  mail: Days.default(400),
});
