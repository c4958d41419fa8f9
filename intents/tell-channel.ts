import { z } from "zod";
import { defineIntent, textParam } from "../src/domain/intent.ts";

export const tellChannel = defineIntent({
  name: "tell-channel",
  summary: "Tell a channel something, with your name on it, or an audience once you have seen who that is",
  kind: "messages",
  params: z.object({
    channel: z.string().min(1).toLowerCase().describe("Which channel?"),
    message: textParam("What should it say?"),
  }),
  phrases: [
    "tell {channel}: {message}",
    "(tell|inform|notify) {channel} about (it|this|that)",
    "let {channel} know about (it|this|that)",
    "tell {channel} [that] {message}",
    "let {channel} know [that] {message}",
    "tell (everyone|everybody|all|all of them|the people) in {channel}: {message}",
    "tell (everyone|everybody|all|all of them|the people) in {channel} [that] {message}",
    "(post|write|announce|say) (in|to|on) {channel}: {message}",
    "(post|write|announce|say) (in|to|on) {channel} that {message}",
    "(tell|inform|notify) {channel}",
    "let {channel} know",
  ],
  alike: [
    "(post|write|announce) in {channel} that something happened",
    "make an announcement in {channel}",
    "pass the word to {channel}",
    "give {channel} a heads up",
    "send a message to {channel}",
    "somebody should inform {channel}",
  ],
  examples: ["tell general: the demo begins at noon"],
  rest: "message",
  alsoNamed: { slot: "channel", intent: "tell-audience", param: "audience" },
});
