import fc from "fast-check";
import { expect, test } from "vitest";
import type { Gate, Vote } from "../../src/gates/gates.ts";
import { decide, tally } from "../../src/gates/gates.ts";
import { gate, member, policyOf, press, vote } from "./company.ts";

const roles = ["manager", "security", "on-call"];
const ids = ["ana", "ben", "cara", "dan", "fay", "gil"];
const person = fc
  .record({ id: fc.constantFrom(...ids), roles: fc.subarray(roles) })
  .map(({ id, roles }) => member(id, ...roles));
const policy = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...roles), fc.integer({ min: 1, max: 2 })), {
    minLength: 1,
    selector: ([role]) => role,
  })
  .map((require) => policyOf(...require));
const escalatedTo = fc.subarray(
  [
    ...ids.map((id) => ({ kind: "person" as const, id, name: id })),
    ...roles.map((role) => ({ kind: "role" as const, role })),
  ],
  { maxLength: 2 },
);
const presses = fc.array(
  fc.record({
    by: person,
    answer: fc.constantFrom("approve" as const, "approve" as const, "approve" as const, "deny" as const),
  }),
  { maxLength: 12 },
);

/** Presses one after the other, as the kernel does: what is allowed becomes a vote. */
function play(start: Gate, all: readonly { by: ReturnType<typeof member>; answer: "approve" | "deny" }[]): Gate {
  let now = start;
  for (const { by, answer } of all) {
    const decision = decide(now, press(by, answer));
    if (decision.kind === "refused" || decision.kind === "needs-reason") continue;
    const state =
      decision.kind === "counted"
        ? "open"
        : decision.kind === "denied"
          ? decision.withdrawn
            ? "withdrawn"
            : "denied"
          : "approved";
    now = { ...now, state, votes: [...now.votes, decision.vote] };
  }
  return now;
}

test("whatever is pressed: no vote of who asked approves, one vote a person, one deny ends it, enough distinct people", () => {
  fc.assert(
    fc.property(policy, escalatedTo, presses, (terms, to, all) => {
      const end = play(gate({ policy: terms, escalatedTo: to }), all);
      const voters = end.votes.map((one) => one.person.id);
      expect(new Set(voters).size).toBe(voters.length);
      expect(end.votes.some((one) => one.person.id === "ana" && one.decision === "approve")).toBe(false);
      expect(end.votes.findIndex((one) => one.decision === "deny")).toBeOneOf([-1, end.votes.length - 1]);
      const needed = terms.require.reduce((sum, { count }) => sum + count, 0);
      if (end.state === "approved") expect(voters.length).toBeGreaterThanOrEqual(needed);
      if (end.votes.at(-1)?.decision === "deny") expect(end.state).toBeOneOf(["denied", "withdrawn"]);
    }),
  );
});

const votes = fc
  .uniqueArray(person, { selector: ({ id }) => id, maxLength: 6 })
  .map((people) => people.map((one) => vote(one)));

/** The slow, certain way: tries every assignment of persons to places. */
function enough(places: readonly string[], people: readonly Vote[]): boolean {
  const [place, ...rest] = places;
  if (place === undefined) return true;
  return people.some((one, i) => one.person.roles.includes(place) && enough(rest, people.toSpliced(i, 1)));
}

test("the tally finds an assignment exactly when there is one, in whatever order the votes came", () => {
  fc.assert(
    fc.property(
      policy,
      votes.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
      (terms, [all, shuffled]) => {
        const places = terms.require.flatMap(({ role, count }) => Array<string>(count).fill(role));
        const result = tally(gate({ policy: terms, votes: all, barred: [] }));
        expect(result.kind).toBe(enough(places, all) ? "approved" : "pending");
        expect(tally(gate({ policy: terms, votes: shuffled, barred: [] }))).toEqual(result);
      },
    ),
  );
});

test("escalation never lowers how many people it takes", () => {
  fc.assert(
    fc.property(policy, escalatedTo, votes, (terms, to, all) => {
      const needed = terms.require.reduce((sum, { count }) => sum + count, 0);
      if (all.length < needed)
        expect(tally(gate({ policy: terms, votes: all, escalatedTo: to, barred: [] })).kind).toBe("pending");
    }),
  );
});

test("the same person twice, a barred person and a vote on another subject do not count", () => {
  const two = gate({ policy: policyOf(["manager", 2]) });
  const cara = vote(member("cara", "manager"));
  expect(tally({ ...two, votes: [cara, { ...cara, person: { ...cara.person, name: "Cara" } }] }).kind).toBe("pending");
  expect(tally({ ...two, votes: [cara, vote(member("ana", "manager"))] }).kind).toBe("pending");
  expect(tally({ ...two, votes: [cara, { ...vote(member("gil", "manager")), subjectHash: "other" }] }).kind).toBe(
    "pending",
  );
});
