import type { Json } from "../domain/json.ts";
import { nearestName } from "../domain/nearest-name.ts";
import type { AnyTool } from "../domain/tool.ts";
import type { WrongPolicy } from "./editable.ts";
import { paramsOf } from "./params.ts";
import type { PolicyRule } from "./policy.ts";

/** What policies may name, as far as it is known at the start. */
export interface Nameable {
  readonly tools: ReadonlyMap<string, AnyTool>;
  /** Tools that are not here now and may be at the next start, by name. */
  readonly absent: readonly string[];
  /** Systems whose tools are known only once they are connected: "github" stands for github.*. */
  readonly systems: readonly string[];
  /** Roles that somebody has, or that a group brings. */
  readonly roles: readonly string[];
  /** By system and argument, what it can be where its tools take any text: `{ services: { service: ["checkout"] } }`. */
  readonly values: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

type Literal = string | number | boolean;

const kinds: Readonly<Record<string, string>> = { string: "a text", number: "a number", boolean: "true or false" };

/**
 * Names in rules that nothing here has: such a rule would never match, or ask for somebody who never comes, and what it was
 * written for would go its way under other terms. What is not known before a system is connected is not judged.
 */
export function wrongNames(rules: readonly PolicyRule[], known: Nameable): WrongPolicy[] {
  return rules.flatMap((rule, i) => [
    ...wrongTool(rule, i, known),
    ...wrongArguments(rule, i, known),
    ...wrongRoles(rule, i, known.roles),
  ]);
}

function wrongTool({ match: { tool } }: PolicyRule, i: number, { tools, absent, systems }: Nameable): WrongPolicy[] {
  const names = [...tools.keys(), ...absent];
  if (tool === undefined || names.includes(tool)) return [];
  const siblings = names.filter((name) => systemOf(name) === systemOf(tool));
  if (siblings.length === 0 && systems.includes(systemOf(tool))) return [];
  const near = nearest(tool, names);
  const there = siblings.length > 0 ? siblings : [...new Set(names.map((name) => `${systemOf(name)}.*`))];
  const remedy = near === null ? `there are ${there.sort().join(", ")}.` : `did you mean ${near}?`;
  return [{ path: [i, "match", "tool"], sentence: `there is no tool ${tool}; ${remedy}` }];
}

/** A rule that names no tool is judged by all of them: something it matches must be possible with one. */
function wrongArguments({ match }: PolicyRule, i: number, { tools, values }: Nameable): WrongPolicy[] {
  if (match.args === undefined) return [];
  const meant = [...tools.values()]
    .filter(({ name }) => match.tool === undefined || match.tool === name)
    .map((tool) => ({ tool: tool.name, values: values[systemOf(tool.name)] ?? {}, ...paramsOf(tool) }));
  return Object.entries(match.args).flatMap(([name, wanted]): WrongPolicy[] => {
    const path = [i, "match", "args", name];
    const having = meant.filter(({ named }) => Object.hasOwn(named, name));
    if (having.length === 0) {
      const there = [...new Set(meant.flatMap(({ named }) => Object.keys(named)))];
      const near = nearest(name, there);
      if (meant.length === 0 || (near === null && (match.tool === undefined || meant.some(({ open }) => open))))
        return [];
      const remedy = near === null ? `it has ${there.join(", ") || "none"}.` : `did you mean ${near}?`;
      return [
        {
          path,
          sentence: `${match.tool ?? "no tool here"} has ${match.tool === undefined ? "an" : "no"} argument ${name}; ${remedy}`,
        },
      ];
    }
    return (Array.isArray(wanted) ? wanted : [wanted]).flatMap((value) => {
      const whys = having.map((one) => neverIs(value, `${name} of ${one.tool}`, one.named[name], one.values[name]));
      const [why] = whys;
      return why != null && whys.every((each) => each !== null) ? [{ path, sentence: why }] : [];
    });
  });
}

/** Why an argument never has this value, or null. */
function neverIs(value: Literal, what: string, schema: Json | undefined, listed?: readonly string[]): string | null {
  const { only, types } = shapeOf(schema);
  if (types !== null && !types.includes(typeof value)) {
    const words = types.flatMap((type) => kinds[type] ?? []).join(" or ") || "nothing a policy could name";
    return `${what} is ${words}, and never ${JSON.stringify(value)}.`;
  }
  const possible = only ?? listed ?? null;
  if (possible === null || possible.includes(value)) return null;
  const near = typeof value === "string" ? nearest(value, possible.map(String)) : null;
  const remedy = near === null ? `it is one of ${possible.join(", ")}.` : `did you mean ${near}?`;
  return `${what} is never ${value}; ${remedy}`;
}

/** The values and the types of JavaScript that an argument can have; null where that is anything. */
function shapeOf(schema: Json | undefined): { readonly only: readonly Json[] | null; readonly types: string[] | null } {
  const { enum: listed, const: single, anyOf, oneOf, type } = (schema ?? {}) as Record<string, Json | undefined>;
  const only = Array.isArray(listed) ? listed : single === undefined ? null : [single];
  if (only !== null) return { only, types: [...new Set(only.map((each) => typeof each))] };
  const arms = anyOf ?? oneOf;
  if (Array.isArray(arms)) {
    const shapes = arms.map(shapeOf);
    const together = <T>(all: readonly (readonly T[] | null)[]) =>
      all.some((each) => each === null) ? null : [...new Set(all.flatMap((each) => each ?? []))];
    return { only: together(shapes.map((one) => one.only)), types: together(shapes.map((one) => one.types)) };
  }
  if (type === undefined) return { only: null, types: null };
  const types = (Array.isArray(type) ? type : [type]).map((each) => (each === "integer" ? "number" : String(each)));
  return { only: types.join() === "null" ? [] : null, types };
}

function wrongRoles({ require, escalate = [] }: PolicyRule, i: number, roles: readonly string[]): WrongPolicy[] {
  const named = [
    ...(require === "none" ? [] : require.map(({ role }, n) => ({ role, path: [i, "require", n, "role"] }))),
    ...escalate.flatMap(({ to }, n) =>
      to === "manager-of-requester" ? [] : [{ ...to, path: [i, "escalate", n, "to", "role"] }],
    ),
  ];
  return named.flatMap(({ role, path }) => {
    if (roles.includes(role)) return [];
    const near = nearest(role, roles);
    const remedy =
      near === null ? `roles are ${roles.join(", ") || "not given to anybody yet"}.` : `did you mean ${near}?`;
    return [{ path, sentence: `nobody has the role ${role}, and no group brings it; ${remedy}` }];
  });
}

/** "services" of "services.restart", "mcp.tickets" of "mcp.tickets.find". */
function systemOf(tool: string): string {
  return /^(?:mcp\.)?[^.]*/.exec(tool)?.[0] ?? tool;
}

/** The name somebody who wrote this probably meant, or null. */
function nearest(wrong: string, names: readonly string[]): string | null {
  const reach = wrong.length < 5 ? 1 : Math.min(3, Math.max(2, Math.floor(wrong.length / 3)));
  // "prod" is hardly more than a slip away from "production".
  const begun = wrong.length < 3 ? undefined : names.find((name) => name.startsWith(wrong));
  return begun ?? nearestName(wrong, names, reach);
}
