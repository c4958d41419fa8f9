import { z } from "zod";
import { ticketKey } from "../../domain/ids.ts";

export const IssueKey = z.string().regex(ticketKey, "must be an issue's key, for example OPS-12");
export const timeoutMs = 30_000;

const Named = z.looseObject({ name: z.string().default("") }).nullish();
/** What of an issue its tools read; what Jira leaves out is "". */
export const Fields = z.looseObject({
  summary: z.string().default(""),
  status: Named,
  issuetype: Named,
  priority: Named,
  assignee: z.looseObject({ displayName: z.string().default("") }).nullish(),
  labels: z.array(z.string()).default([]),
  updated: z.coerce.string().default(""),
});
