import { z } from "zod";
import { defineIntent, durationParam } from "../src/domain/intent.ts";

export const requestAccess = defineIntent({
  name: "request-access",
  summary: "Get access to something for a while",
  kind: "access",
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
    "I need [{level}] access [to [the] {resource} [(database|data|service|system)]] [for {duration}]",
    "I (want|require|would like) [{level}] access [to [the] {resource} [(database|data|service|system)]] [for {duration}]",
    "(can|could|may) I (get|have) [{level}] access [to [the] {resource} [(database|data|service|system)]] [for {duration}]",
    "(give|grant|get) me [{level}] access [to [the] {resource} [(database|data|service|system)]] [for {duration}]",
    "(request|requesting) [{level}] access [to [the] {resource} [(database|data|service|system)]] [for {duration}]",
    "I need [{level}] {resource} access [for {duration}]",
    "(give me|get me|gimme) [{level}] {resource} access [for {duration}]",
    "gimme [{level}] access [to [the] {resource}] [for {duration}]",
  ],
  alike: [
    "(let|get) me into {resource} [for {duration}]",
    "I (have|need) to get into {resource} [for {duration}]",
    "I am locked out of {resource}, let me in",
    "I need to (look|see|read) something in {resource} [for {duration}]",
    "I need to (change|edit|fix) something in {resource} [for {duration}]",
    "(could|can) (someone|somebody|you) (give|grant) me [{level}] (access|rights|permission|permissions) (to|for|on) {resource} [for {duration}]",
    "I need [{level}] (rights|permission|permissions) (on|for|to) {resource} [for {duration}]",
    "open {resource} for me [for {duration}]",
    "I have no access to {resource}, can I get it",
    "how do I get access to {resource}",
    "add me to {resource} [for {duration}]",
    "access to {resource} [for {duration}]",
    "[{level}] access for {resource} for {duration} would be great",
    "make me able to {level} {resource}",
  ],
  command: "access {resource} [{level}] [[for] {duration}]",
  examples: ["I need read access to billing for 2 hours", "can I get write access to billing for 90 minutes"],
});
