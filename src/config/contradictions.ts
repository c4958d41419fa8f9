import { rolesIn, type StewardYaml } from "./schema.ts";

type Mistake = readonly [path: readonly PropertyKey[], sentence: string];

/** What each line alone cannot show: names used twice, or that nobody and nothing has. */
export function* contradictions(config: StewardYaml): Generator<Mistake> {
  yield* amongPeople(config);
  yield* amongChannels(config);
  yield* amongAudiences(config);
  yield* amongConnectors(config);
}

function* amongPeople({ people, owners }: StewardYaml): Generator<Mistake> {
  const ids = people.map(({ id }) => id);
  const nobody = (id: string) => `nobody has the id ${id}; people are ${ids.join(", ")}.`;
  const claimed = new Set<string>();
  for (const [i, { id, manager, identities }] of people.entries()) {
    const at = ["people", i];
    if (ids.indexOf(id) < i) yield [[...at, "id"], `${id} is already a person above; give each an id of their own.`];
    if (manager === id)
      yield [[...at, "manager"], `${id} cannot be their own manager; name somebody else or leave it out.`];
    if (manager !== undefined && !ids.includes(manager)) yield [[...at, "manager"], nobody(manager)];
    for (const [n, { platform, workspace, user }] of identities.entries()) {
      const key = `${platform} ${workspace} ${user}`;
      if (claimed.has(key))
        yield [[...at, "identities", n], "belongs to somebody above already; an identity is one person's."];
      claimed.add(key);
    }
  }
  for (const [i, { person }] of owners.entries())
    if (!ids.includes(person)) yield [["owners", i, "person"], nobody(person)];
}

function* amongChannels({ channels, routes, quietHours }: StewardYaml): Generator<Mistake> {
  const names = channels.map(({ name }) => name);
  for (const [i, name] of names.entries())
    if (names.indexOf(name) < i) yield [["channels", i, "name"], `${name} is already a channel above; leave one out.`];
  for (const name of routes.approvals)
    if (!names.includes(name)) yield [["routes", "approvals"], noChannel(name, names)];
  if (routes.alone !== undefined && !names.includes(routes.alone))
    yield [["routes", "alone"], noChannel(routes.alone, names)];
  if (quietHours !== undefined && routes.alone === undefined)
    yield [["quietHours"], "what is kept is told each alone: say where in routes, as alone: CHANNEL."];
}

function* amongAudiences(config: StewardYaml): Generator<Mistake> {
  const names = config.channels.map(({ name }) => name);
  for (const [audience, { channel, role }] of Object.entries(config.audiences)) {
    const path = ["audiences", audience];
    if (channel !== undefined && !names.includes(channel)) yield [path, noChannel(channel, names)];
    else if (role !== undefined && config.routes.alone === undefined)
      yield [path, "is told each alone: say where in routes, as alone: CHANNEL."];
    else if (role !== undefined && !rolesIn(config).includes(role)) yield [path, nobodyHas(role, config)];
  }
}

function* amongConnectors(config: StewardYaml): Generator<Mistake> {
  for (const kind of ["sql", "prometheus"] as const)
    for (const [i, { askedBy = [] }] of config.connectors[kind].entries())
      for (const role of askedBy)
        if (!rolesIn(config).includes(role)) yield [["connectors", kind, i, "askedBy"], nobodyHas(role, config)];
}

function noChannel(name: string, names: readonly string[]): string {
  return `there is no channel ${name}; channels are ${names.join(", ")}.`;
}

function nobodyHas(role: string, config: StewardYaml): string {
  return `nobody has the role ${role}, and no group brings it: roles are ${rolesIn(config).join(", ") || "not given to anybody yet"}.`;
}
