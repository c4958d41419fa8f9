import { z } from "zod";

const id = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]*$/, "A person's id is lower-case letters, digits, dots and dashes, for example ana");
const role = z
  .string()
  .regex(/^[a-z][a-z0-9-]*$/, "A role is lower-case letters, digits and dashes, for example on-call");

const person = z.strictObject({
  id,
  name: z.string().trim().min(1, "A person needs a name; it is shown on cards"),
  kind: z.enum(["member", "guest", "bot"], "A person's kind is member, guest or bot").default("member"),
  roles: z.array(role).default([]),
  manager: id.nullable().default(null),
  identities: z
    .array(
      z.strictObject({
        platform: z.enum(["web", "slack", "teams", "discord"], "Known platforms are web, slack, teams and discord"),
        workspace: z.string().default(""),
        user: z.string().min(1, "Write the platform's own id of the user"),
      }),
    )
    .default([]),
});

/** One person of `people:` in steward.yaml. */
export type PersonSeed = z.output<typeof person>;

/** `people:` of steward.yaml. Ids are unique, managers exist and are somebody else, an identity is one person's. */
export const peopleSchema = z.array(person).superRefine((people, ctx) => {
  const ids = people.map((one) => one.id);
  const owner = new Map<string, string>();
  const refuse = (path: (string | number)[], message: string) => ctx.addIssue({ code: "custom", path, message });
  for (const [i, one] of people.entries()) {
    if (ids.indexOf(one.id) !== i) refuse([i, "id"], `Two people have the id ${one.id}; give each their own`);
    if (one.manager === one.id)
      refuse([i, "manager"], `${one.id} cannot be their own manager; name somebody else or leave it out`);
    else if (one.manager !== null && !ids.includes(one.manager))
      refuse([i, "manager"], `${one.id}'s manager ${one.manager} is not in people; add them or correct the id`);
    for (const [j, { platform, workspace, user }] of one.identities.entries()) {
      const key = JSON.stringify([platform, workspace, user]);
      const other = owner.get(key);
      if (other !== undefined)
        refuse(
          [i, "identities", j],
          `${platform} user ${user} is already ${other}; one identity belongs to one person`,
        );
      owner.set(key, one.id);
    }
  }
});
