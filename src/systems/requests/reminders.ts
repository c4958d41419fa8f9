import { z } from "zod";
import { shorten } from "../../domain/text.ts";
import { type AnyTool, defineTool } from "../../domain/tool.ts";
import { wallOf } from "../../domain/zone.ts";

/** A reminder that is still to come. */
interface Reminder {
  /** R-... */
  readonly short: string;
  readonly what: string;
  readonly at: Date;
}

interface ReminderSources {
  /** A person's own, the next first. */
  of(tenant: string, personId: string): Promise<readonly Reminder[]>;
  /** Where their clock hangs: IANA, such as Europe/Berlin. */
  zone(personId: string): string;
}

const mostListed = 20;
const longestWhat = 200;

/** What somebody is still to be reminded of. Reads only, and only what is theirs. */
export function reminderTools(sources: ReminderSources): AnyTool[] {
  return [
    defineTool({
      name: "reminders.mine",
      summary: "List the reminders of whoever asks",
      params: z.object({}),
      result: z.object({ count: z.number(), list: z.string() }),
      risk: () => "read" as const,
      effect: "keyed",
      timeoutMs: 10_000,
      steers: [],
      describe: () => "List one's own reminders",
      async run({ tenant, requesterId }) {
        const reminders = requesterId === null ? [] : await sources.of(tenant, requesterId);
        const [first] = reminders;
        if (first === undefined || requesterId === null) return { count: 0, list: "You have no reminders." };
        const { length: count } = reminders;
        const zone = sources.zone(requesterId);
        const lines = [
          count === 1 ? "You have 1 reminder:" : `You have ${count} reminders:`,
          ...reminders.slice(0, mostListed).map((one) => lineOf(one, zone)),
          ...(count > mostListed ? [`and ${count - mostListed} more`] : []),
          `To drop one, say “cancel reminder ${first.short}”, or what it is about.`,
        ];
        return { count, list: lines.join("\n") };
      },
    }),
  ];
}

function lineOf({ short, what, at }: Reminder, zone: string): string {
  const wall = wallOf(at, zone).toISOString().slice(0, 16).replace("T", " ");
  return `• ${wall} (${zone}), ${short}: ${shorten(what, longestWhat)}`;
}
