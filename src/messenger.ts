import type { StewardYaml } from "./config/steward-yaml.ts";
import type { Kernel } from "./orchestrator/kernel.ts";
import { placesOf } from "./platforms.ts";
import type { Audience, MessageParts } from "./systems/messages/tools.ts";

/** Who is told what goes on, as steward.yaml says. */
export function audiencesIn({ audiences }: StewardYaml): Audience[] {
  return Object.entries(audiences).map(([name, { channel, role, words, urgent }]) => ({
    name,
    channel: channel ?? null,
    role: role ?? null,
    words,
    urgent,
  }));
}

/** Has messages visible that no run's own thread holds. */
export function messengerOf(yaml: StewardYaml, kernel: () => Kernel): Pick<MessageParts, "toChannel" | "toPerson"> {
  const show = async (
    channel: string,
    { tenant, runId, key, card }: Parameters<MessageParts["toChannel"]>[1],
    privateTo?: string,
  ) => {
    await kernel().do({
      tenant,
      actors: [],
      async run(batch) {
        for (const place of placesOf(yaml, channel))
          batch.note(runId, key, batch.conversation(place), card, { privateTo });
      },
    });
  };
  return {
    toChannel: show,
    toPerson: (person, message) => show(yaml.routes.alone ?? "", message, person.id),
  };
}
