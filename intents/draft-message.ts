import { z } from "zod";
import { defineIntent, textParam } from "../src/domain/intent.ts";

export const draftMessage = defineIntent({
  name: "draft-message",
  summary: "Have a message to a channel drafted, and send it when you like it",
  kind: "messages",
  params: z.object({
    channel: z.string().min(1).toLowerCase().describe("To which channel?"),
    about: textParam("About what?"),
  }),
  phrases: [
    "draft (a message|an update) (to|for) {channel} (about|on) {about}",
    "draft (a message|an update) (about|on) {about} (to|for) {channel}",
    "draft (a message|an update) (to|for) {channel}",
  ],
  examples: ["draft a message to #general about the checkout incident"],
});
