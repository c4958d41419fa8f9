import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { intents } from "../intents/all.ts";
import type { StewardYaml } from "./config/schema.ts";
import type { Person } from "./domain/incoming.ts";
import type { AnyTool } from "./domain/tool.ts";
import { ownersIn } from "./hooks.ts";
import type { InUse } from "./in-use.ts";
import type { Library } from "./library.ts";
import { placesOf } from "./platforms.ts";
import { recognize } from "./recognize/recognize.ts";
import type { Database } from "./store/database.ts";
import { keptDefinition } from "./store/definitions.ts";
import { begunIn, draftRuns, keepDrafts, saidIn } from "./store/drafts.ts";
import { pastRequests } from "./store/reads/past.ts";
import { type PastSources, proposedTo, repeatTools } from "./systems/requests/repeat-tools.ts";
import { useTools } from "./systems/requests/use-tools.ts";
import { definitionFrom } from "./workflow/index.ts";

/** The tools that look at what was asked for and done, propose what would end it, and take that into use. */
export function pastTools({
  db,
  yaml,
  folder,
  library,
  inUse,
  person,
}: {
  readonly db: Database;
  readonly yaml: StewardYaml;
  /** Where steward.yaml lies. */
  readonly folder: string;
  library(): Library;
  inUse(): InUse;
  person(tenant: string, id: string): Promise<Person | null>;
}): AnyTool[] {
  const { knowledge } = yaml;
  const open = yaml.channels.flatMap(({ name }) => placesOf(yaml, name));
  const sources: PastSources = {
    person,
    past: (tenant, which) => pastRequests(db, tenant, which),
    // What is said elsewhere may be for those alone who are there.
    said: async (tenant, runs) =>
      (await saidIn(db, tenant, runs)).filter(({ platform, channel }) =>
        open.some((place) => place.platform === platform && place.channel === channel),
      ),
    begun: (tenant, runs) => begunIn(db, tenant, runs),
    async content(tenant, hash) {
      const body = await keptDefinition(db, tenant, hash);
      return body === null ? null : definitionFrom(body);
    },
    ownersOf: (texts) => ownersIn(yaml, texts),
    handbook:
      knowledge === undefined
        ? null
        : { folder: knowledge, has: (name) => existsSync(join(resolve(folder, knowledge), `${name}.md`)) },
    keep: (tenant, runId, drafts) => keepDrafts(db, tenant, runId, drafts),
    runsOf: (tenant, which) => draftRuns(db, tenant, which),
    isTaken: (name) => library().byName.has(name) || intents.some((intent) => intent.name === name),
    isUsed: (name) => inUse().isUsed(name),
    isMeant: (said) => recognize(said, library().intents(), {}).kind === "intent",
    begins(text, said) {
      const judged = library().judge(text);
      if (!judged.ok) return false;
      return said.every((sentence) => {
        const heard = recognize(sentence, judged.intents, {});
        return heard.kind === "intent" && heard.intent.name === judged.definition.name;
      });
    },
  };
  return [
    ...repeatTools(sources),
    ...useTools({ person, uses: inUse, draft: (tenant, asked, id) => proposedTo(sources, tenant, asked, id) }),
  ];
}
