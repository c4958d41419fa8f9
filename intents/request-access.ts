import { z } from "zod";
import { defineIntent, durationParam } from "../src/domain/intent.ts";

export const requestAccess = defineIntent({
  name: "request-access",
  summary: "Get access to something for a while",
  params: z.object({
    resource: z.string().min(1).toLowerCase().describe("Access to what?"),
    level: z
      .enum(["read", "write"])
      .default("read")
      .meta({
        description: "Read or write access?",
        synonyms: { "read-only": "read", readonly: "read", edit: "write" },
      }),
    duration: durationParam("2 hours", "For how long?"),
  }),
  phrases: [
    "I need [{level}] access [to [the] {resource}] [for {duration}]",
    "I (want|require|would like) [{level}] access [to [the] {resource}] [for {duration}]",
    "(can|could|may) I (get|have) [{level}] access [to [the] {resource}] [for {duration}]",
    "(give|grant|get) me [{level}] access [to [the] {resource}] [for {duration}]",
    "(request|requesting) [{level}] access [to [the] {resource}] [for {duration}]",
    "I need {resource} access [for {duration}]",
  ],
  command: "access {resource} [{level}] [[for] {duration}]",
  examples: ["I need read access to billing for 2 hours", "can I get write access to billing for 90 minutes"],
});
