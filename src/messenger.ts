import type { StewardYaml } from "./config/steward-yaml.ts";
import type { AnyTool } from "./domain/tool.ts";
import type { Kernel } from "./orchestrator/kernel.ts";
import { placesOf } from "./platforms.ts";
import type { Database } from "./store/database.ts";
import { findPeople, holdersOf } from "./store/people.ts";
import { type Audience, messageTools, type Sent } from "./systems/messages/tools.ts";

interface MessengerParts {
  readonly db: Database;
  readonly yaml: StewardYaml;
  kernel(): Kernel;
}

/** Tells people what goes on: whom, where and in which words is as steward.yaml says. */
export function messengerTools({ db, yaml, kernel }: MessengerParts): AnyTool[] {
  const show = async (channel: string, { tenant, runId, key, card }: Sent, privateTo?: string) => {
    await kernel().do({
      tenant,
      actors: [],
      async run(batch) {
        for (const place of placesOf(yaml, channel))
          batch.note(runId, key, batch.conversation(place), card, { privateTo });
      },
    });
  };
  return messageTools({
    audiences: audiencesIn(yaml),
    channels: yaml.channels.map(({ name }) => name),
    person: async (of, id) => (await findPeople(db, of, [id]))[0] ?? null,
    holders: (of, role) => holdersOf(db, of, [role]),
    toChannel: show,
    toPerson: (person, message) => show(yaml.routes.alone ?? "", message, person.id),
  });
}

function audiencesIn({ audiences }: StewardYaml): Audience[] {
  return Object.entries(audiences).map(([name, { channel, role, words, urgent }]) => ({
    name,
    channel: channel ?? null,
    role: role ?? null,
    words,
    urgent,
  }));
}
