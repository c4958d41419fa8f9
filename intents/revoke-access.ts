import { z } from "zod";
import { defineIntent } from "../src/domain/intent.ts";

export const revokeAccess = defineIntent({
  name: "revoke-access",
  summary: "Give access back before its time",
  kind: "access",
  params: z.object({
    resource: z.string().min(1).toLowerCase().describe("Access to what?").optional(),
    /** Whose; left out, it is the speaker's own. */
    person: z.string().min(1).toLowerCase().describe("Whose access?").optional(),
  }),
  phrases: [
    "revoke [{person}'s] access [to [the] {resource}]",
    "revoke [my] {resource} [access]",
    "(revoke|remove|return|end) my access [to [the] {resource}]",
    "(remove|return|end) my {resource} access",
    "give back my access [to [the] {resource}]",
    "give [back] my {resource} access [back]",
    "(revoke|remove|end) {person}'s access to [the] {resource}",
    "(revoke|remove|end) {person}'s {resource} access",
    "I no longer need [(my|the)] {resource} access",
    "I no longer need [my] access to [the] {resource}",
  ],
  alike: [
    "I am (done|finished) with {resource}, take my access (back|away)",
    "I (do not|don't|dont) need [(my|the)] access to {resource} (any more|anymore|any longer)",
    "I (do not|don't|dont) need [(my|the)] {resource} access (any more|anymore|any longer)",
    "you can (take|have) my {resource} access back",
    "take away [{person}'s] access to {resource}",
    "take my {resource} (rights|permissions) away",
    "(drop|close|cancel|withdraw) my access to {resource}",
    "(drop|close|cancel|withdraw) my {resource} access",
    "{person} should no longer have access to {resource}",
    "lock me out of {resource} again",
    "I have finished my work in {resource}, end my access",
    "get rid of my (rights|permissions) on {resource}",
    "hand back my {resource} access",
  ],
  command: "revoke [{resource}]",
  examples: ["revoke my billing access", "revoke ben's access to billing"],
});
