import { type Letter, type RouteParts, say } from "./letter.ts";

/** Ends the task of an agent whose questions somebody has had enough of. Whoever gave it the task is told, and its questions are taken back. */
export async function stopTask(parts: RouteParts, letter: Letter, taskId: string): Promise<void> {
  const { incoming, person } = letter;
  const { tenant } = incoming;
  const text = "Stopped: the agent asks nothing more, and whoever gave it the task is told.";
  const task = await parts.task(tenant, taskId, letter.id);
  // Stopped by this very press, and killed before that was said.
  if (task?.stopped) return say(parts, letter, "stopped", { text }, person.id);
  if (task === null || task.done)
    return say(parts, letter, "nothing", { text: "That agent is no longer at work." }, person.id);
  const requester = task.requesterId === null ? null : await parts.person(tenant, task.requesterId);
  const refused = parts.mayStop(person, requester);
  if (refused !== null) return say(parts, letter, "refused", { text: refused }, person.id);
  await parts.kernel.cancel(tenant, taskId, letter.id, { id: person.id, name: person.name });
  return say(parts, letter, "stopped", { text }, person.id);
}
