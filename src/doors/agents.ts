import { newId } from "../domain/ids.ts";
import type { Ports } from "../http/ports.ts";
import type { Reads } from "../http/reads.ts";
import type { Steward } from "../steward.ts";
import { spawn } from "../tasks.ts";
import { begin } from "./begin.ts";
import { idOf, judge } from "./judge.ts";

/** Tasks given to specialists by name, and what is done to them. */
export function agentDoors(steward: Steward, reads: Reads): Ports["agents"] {
  const { kernel, tenant } = steward;
  return {
    spawn: (wanted) =>
      spawn(steward.specialists, wanted, {
        objection(content) {
          const requester = wanted.by ?? { id: idOf(wanted), name: "" };
          return steward.objection({ tenant, content, input: {}, requester, place: null });
        },
        async begin({ definition, ...start }) {
          await steward.bring(definition);
          const { specialist, task, input } = wanted;
          return begin(steward, { ...start, definition, input: {} }, { specialist, task, input });
        },
      }),
    async control({ taskId, runId, act, ...actor }) {
      const judged = await judge(steward, reads, runId, act, actor);
      if (judged) return judged;
      const by = idOf(actor);
      if ((await reads.task(tenant, taskId))?.done) return { kind: "done", sentence: "It has already ended." };
      if (act === "pause") await kernel.pause(tenant, taskId, by);
      else if (act === "resume") await kernel.resume(tenant, taskId, by);
      else if (act === "skip") {
        if (!(await kernel.skip(tenant, taskId, by)))
          return { kind: "done", sentence: "It is not stuck, so there is nothing to skip." };
      } else await kernel.cancel(tenant, taskId, newId(), { id: by, name: actor.by?.name ?? by });
      const stuck = (await reads.task(tenant, taskId))?.stuck ?? null;
      if (act !== "pause" && stuck !== null) return { kind: "done", sentence: `It is stuck again: ${stuck}.` };
      const sentences = {
        pause: "Paused. What it asked for ends; it thinks no further until somebody resumes it.",
        resume: "It goes on.",
        skip: "What it was stuck on is put away, and it goes on.",
        cancel: "Stopped. Whoever gave it the task is told.",
      };
      return { kind: "done", sentence: sentences[act] };
    },
  };
}
