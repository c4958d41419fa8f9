import type { Judged } from "../gates/gates.ts";
import type { Known } from "../workflow/index.ts";
import type { Task } from "./specialist.ts";

/** What a plan is checked against. */
export type KnownToPlans = Omit<Known, "specialists"> & {
  readonly specialists: readonly {
    readonly name: string;
    /** Names of the tools it may use. */
    readonly tools?: readonly string[];
    readonly tasks: Readonly<Record<string, GivenTask>>;
  }[];
  /** Whether the policy asks people about this call; without, it does. */
  readonly asks?: (call: Judged) => boolean;
};

type GivenTask = Known["specialists"][number]["tasks"][string] &
  Pick<Task, "input"> &
  Partial<Pick<Task, "summary" | "line">>;

const ours = /^(model|budget|agents|board|plans|workflows)\./;

/** Whether plans may use a tool of this name: not what Steward itself works with. */
export function isForPlans(tool: string): boolean {
  return !ours.test(tool);
}
