import { parseDuration } from "../domain/duration.ts";
import type { Json, JsonObject } from "../domain/json.ts";
import { canonical } from "../domain/json.ts";
import type { Complaint } from "./problems.ts";
import { remedyNear } from "./problems.ts";
import type { Scope } from "./references.ts";
import { resolve } from "./references.ts";

/** A `when`: one operator and its operands, e.g. {"eq": ["${{ input.environment }}", "production"]}. The grammar is closed. */
export type Condition = JsonObject;

const pairs = ["eq", "ne", "lt", "lte", "gt", "gte", "in", "contains"];
const lists = ["all", "any"];
const operators = [...pairs, "exists", ...lists, "not"];

/** What is wrong with a condition; empty when it can be judged. */
export function checkCondition(value: Json, path: readonly (string | number)[]): Complaint[] {
  const example = 'Write one operator with its operands, such as eq: ["${{ input.environment }}", production].';
  if (value === null || typeof value !== "object" || Array.isArray(value))
    return [{ path, message: "A condition is a map with one operator.", remedy: example }];
  const [first, ...others] = Object.entries(value);
  if (first === undefined || others.length > 0)
    return [
      {
        path,
        message: `A condition has exactly one operator, not ${others.length === 0 ? "none" : others.length + 1}.`,
        remedy: "Combine several with all: or any:.",
      },
    ];
  const [operator, operand] = first;
  const at = [...path, operator];
  if (!operators.includes(operator))
    return [{ path: at, message: `There is no operator “${operator}”.`, remedy: remedyNear(operator, operators) }];
  if (operator === "not") return checkCondition(operand, at);
  if (lists.includes(operator)) {
    if (!Array.isArray(operand) || operand.length === 0)
      return [{ path: at, message: `“${operator}” takes a list of conditions.`, remedy: example }];
    return operand.flatMap((item: Json, index) => checkCondition(item, [...at, index]));
  }
  if (operator === "exists")
    return typeof operand === "string"
      ? []
      : [{ path: at, message: "“exists” takes one reference.", remedy: 'Write exists: "${{ input.x }}".' }];
  if (!Array.isArray(operand) || operand.length !== 2)
    return [{ path: at, message: `“${operator}” takes a list of two operands.`, remedy: example }];
  return [];
}

const between: Readonly<Record<string, string>> = {
  eq: "is",
  ne: "is not",
  lt: "is less than",
  lte: "is at most",
  gt: "is more than",
  gte: "is at least",
  in: "is one of",
  contains: "holds",
};

/** A condition as people read it; references stay as they are. */
export function conditionInWords(condition: Condition): string {
  const [[operator, operand = null] = [""]] = Object.entries(condition);
  const several = () => (operand as readonly Condition[]).map(conditionInWords);
  if (operator === "not") return `not (${conditionInWords(operand as Condition)})`;
  if (operator === "all") return several().join(" and ");
  if (operator === "any") return several().join(" or ");
  if (operator === "exists") return `there is ${String(operand)}`;
  const [left, right] = (operand as readonly Json[]).map((item) => (typeof item === "string" ? item : canonical(item)));
  return `${left} ${between[operator]} ${right}`;
}

/**
 * Whether a condition holds. Order (lt, lte, gt, gte) is between two numbers, two texts, or a number of milliseconds and
 * a duration such as "8h"; between anything else it does not hold. `exists` means: not null.
 */
export function holds(condition: Condition, scope: Scope): boolean {
  const [[operator, operand = null] = [""]] = Object.entries(condition);
  if (operator === "not") return !holds(operand as Condition, scope);
  if (operator === "all") return (operand as readonly Condition[]).every((item) => holds(item, scope));
  if (operator === "any") return (operand as readonly Condition[]).some((item) => holds(item, scope));
  if (operator === "exists") return resolve(operand, scope) !== null;
  const [left = null, right = null] = (operand as readonly Json[]).map((item) => resolve(item, scope));
  switch (operator) {
    case "eq":
      return same(left, right);
    case "ne":
      return !same(left, right);
    case "in":
      return contains(right, left);
    case "contains":
      return contains(left, right);
    default:
      return ordered(operator, left, right);
  }
}

function same(left: Json, right: Json): boolean {
  return canonical(left) === canonical(right);
}

function contains(whole: Json, part: Json): boolean {
  if (Array.isArray(whole)) return whole.some((item: Json) => same(item, part));
  return typeof whole === "string" && typeof part === "string" && whole.includes(part);
}

function ordered(operator: string, left: Json, right: Json): boolean {
  const a = typeof right === "number" && typeof left === "string" ? parseDuration(left) : left;
  const b = typeof left === "number" && typeof right === "string" ? parseDuration(right) : right;
  if (a === null || b === null || typeof a !== typeof b || (typeof a !== "number" && typeof a !== "string"))
    return false;
  switch (operator) {
    case "lt":
      return a < b;
    case "lte":
      return a <= b;
    case "gt":
      return a > b;
    case "gte":
      return a >= b;
    default:
      return false;
  }
}
