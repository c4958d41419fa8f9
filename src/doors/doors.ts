import type { People, Ports } from "../http/ports.ts";
import { toolViews } from "../http/tools.ts";
import { checkKey, keyIdOf, permits } from "../people/people.ts";
import type { Steward } from "../steward.ts";
import { allKeys, findKey, type StoredKey } from "../store/keys.ts";
import { modelLedger } from "../store/model.ts";
import { createReads } from "../store/reads/reads.ts";
import { storyOf } from "../systems/record/story.ts";
import { agentDoors } from "./agents.ts";
import { gateDoors } from "./gates.ts";
import { actions } from "./judge.ts";
import { runDoors } from "./runs.ts";
import { trialDoors } from "./trial.ts";

/** What the HTTP doors and the pages need, from the parts that have it. */
export function doorsOf(steward: Steward): Ports {
  const { db, tenant } = steward;
  const reads = createReads(db);
  const people: People = {
    person: (_tenant, id) => steward.person(id),
    all: () => steward.people(),
    permits: (person, action, about) =>
      permits(person, actions[action], { requesterId: about?.requesterId ?? null }).ok,
  };

  return {
    reads,
    spend: modelLedger(db),
    quiet: steward.quiet,
    people,
    story: (run) => storyOf(run, steward.inWords),
    tools: () => toolViews(steward.tools),
    connectors: () =>
      steward.connectors.health().map(({ since, againAt, ...rest }) => ({
        ...rest,
        since: since?.toISOString() ?? null,
        againAt: againAt?.toISOString() ?? null,
      })),
    inUse: () => steward.inUse(),
    chat: steward.chat,
    intents: {
      all: () =>
        steward.intents
          .filter(({ answer, hidden }) => !answer && !hidden)
          .map(({ name, summary, examples }) => ({ name, summary, examples })),
    },
    runs: runDoors(steward, reads),
    agents: agentDoors(steward, reads),
    gates: gateDoors(steward),
    audit: {
      async verify() {
        const { first, ...report } = await steward.verify();
        return { ...report, ...(first ? { first } : {}) };
      },
      async *export() {
        for await (const line of steward.exportAudit()) yield `${line}\n`;
      },
      refuse: (rejection) => steward.refuse(rejection),
    },

    health: {
      async components() {
        const storage = (await steward.alive()) ? "healthy" : "unhealthy";
        const sentence =
          storage === "healthy"
            ? {}
            : { sentence: "The database does not answer; nothing is acknowledged until it does." };
        const platforms = steward.platforms.flatMap(({ platform }) => {
          const state = platform.connection();
          return state === null ? [] : [[platform.adapter.platform, state]];
        });
        return {
          components: {
            coordinator: storage,
            agents: storage,
            storage,
            chat: storage,
            ...Object.fromEntries(platforms),
            ...Object.fromEntries(
              steward.connectors
                .health()
                .map(({ connector, state }) => [connector, state === "closed" ? "healthy" : "degraded"] as const),
            ),
          },
          ...sentence,
        };
      },
    },

    keys: {
      async all() {
        const named = ({ name, owner }: StoredKey) => (owner === null ? name : `${name} (for ${owner.name})`);
        return (await allKeys(db, tenant)).map((key) => ({ ...key, name: named(key) }));
      },
      async bySecret(secret) {
        const id = keyIdOf(secret);
        const key = id ? await findKey(db, tenant, id) : null;
        const known =
          key !== null &&
          !key.revoked &&
          key.owner?.active !== false &&
          checkKey(secret, key, (key.scopes[0] ?? "workflows:read") as never).ok;
        return known ? { id: key.id, scopes: key.scopes } : null;
      },
    },

    trial: steward.trial === null ? null : trialDoors(steward, steward.trial),
  };
}
