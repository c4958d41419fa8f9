import { z } from "zod";
import { defineIntent, wordsParam } from "../src/domain/intent.ts";

export const findTickets = defineIntent({
  name: "find-tickets",
  summary: "Find the tickets that speak of something",
  kind: "work",
  params: z.object({ about: wordsParam("About what?") }),
  phrases: [
    "[(show|list|find) [me]] [the] tickets (about|on|mentioning) {about}",
    "(are there|is there) [(any|a)] (tickets|ticket) (about|on|mentioning) {about}",
    "(search|look for) tickets (about|on|mentioning) {about}",
  ],
  alike: ["did anybody (report|write a ticket about) {about}", "which tickets speak of {about}"],
  examples: ["tickets about checkout timeouts"],
  question: true,
  needs: "jira.search",
});
