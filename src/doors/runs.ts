import { newId } from "../domain/ids.ts";
import { shorten } from "../domain/text.ts";
import type { Act, Ports } from "../http/ports.ts";
import type { Reads } from "../http/reads.ts";
import type { Steward } from "../steward.ts";
import { checkInput, nearName } from "../workflow/index.ts";
import { begin } from "./begin.ts";
import { idOf, judge } from "./judge.ts";

/** In characters, as much as a request in the chat may hold: a longer one would take the buttons off a card. */
const longestReason = 600;

/** Runs begun and changed over REST and on the pages. */
export function runDoors(steward: Steward, reads: Reads): Ports["runs"] {
  const { kernel, db, tenant } = steward;
  return {
    async startByName({ name, context, by, keyId, key, priority, description }) {
      await steward.refreshed();
      const definition =
        steward.definitions.get(name) ??
        steward.definitions.get(
          name
            .trim()
            .toLowerCase()
            .replace(/[\s_]+/g, "-"),
        );
      const names = [...steward.definitions.keys()];
      if (!definition) {
        const near = nearName(name, names);
        return { kind: "unknown", near: near === null ? names : [near] };
      }
      const checked = checkInput(definition.input, context);
      if (!checked.ok) return { kind: "invalid", problems: checked.problems };
      const requester = by ?? { id: idOf({ by, keyId }), name: "" };
      const about = { tenant, content: definition, input: checked.input, requester, place: null };
      const objection = await steward.objection(about);
      if (objection !== null) return { kind: "invalid", problems: [objection] };
      const reason = description?.replace(/\s+/gu, " ").trim();
      const more = { ...(priority && { priority }), ...(reason && { reason: shorten(reason, longestReason) }) };
      const start = { definition, input: checked.input, by, keyId, key, ...more };
      return { kind: "started", runId: await begin(steward, start, { name, context }) };
    },

    async control({ runId, act, reason, ...actor }) {
      const judged = await judge(steward, reads, runId, act, actor);
      if (judged) return judged;
      const by = idOf(actor);
      const run = await reads.run(tenant, runId);
      if (run?.done && act !== "again") return { kind: "done", sentence: `It has already ended: ${run.state}.` };
      if (act === "pause") await kernel.pause(tenant, runId, by);
      else if (act === "resume") await kernel.resume(tenant, runId, by);
      else if (act === "skip") {
        if (!(await kernel.skip(tenant, runId, by)))
          return { kind: "done", sentence: "It is not stuck, so there is nothing to skip." };
      } else if (act === "cancel")
        await kernel.cancel(tenant, runId, newId(), { id: by, name: actor.by?.name ?? by, reason });
      else await kernel.mail(tenant, runId, `${act}:${newId()}`, { type: act, by: actor.by?.name ?? by }, by);
      const after = await reads.run(tenant, runId);
      const sentences: Record<Act, string> = {
        pause: "Paused. What runs now ends; nothing new begins until somebody resumes it.",
        resume: "It goes on.",
        skip: "What it was stuck on is put away, and it goes on.",
        cancel: `Cancelled; it is ${after?.state ?? "over"} now.`,
        again: after?.done
          ? "There is nothing to do again: only a run that failed can be taken up again."
          : "What failed is done again.",
      };
      return { kind: "done", sentence: sentences[act] };
    },

    async answer({ effectId, answer, ...actor }) {
      const [owner] = await db.query<{ runId: string }>(
        `select case a.machine when 'agent' then a.parent_id else a.id end as "runId"
         from steward.effect e join steward.actor a on a.tenant_id = e.tenant_id and a.id = e.actor_id
         where e.tenant_id = $1 and e.id = $2`,
        [tenant, effectId],
      );
      if (!owner) return { kind: "missing" };
      const judged = await judge(steward, reads, owner.runId, "settle", actor);
      if (judged) return judged;
      const settled = await kernel.settleDoubt(tenant, effectId, answer, idOf(actor));
      if (settled.kind === "refused") return settled;
      return {
        kind: "done",
        sentence: settled.kind === "settled" ? "Noted; the run goes on with that." : "That question is no longer open.",
      };
    },
  };
}
