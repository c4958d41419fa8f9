import { type Definition, loadDefinition } from "../../../src/workflow/index.ts";

const files = {
  work: `
summary: One effect of each class, one after the other
on: { manual: true }
input: { key: { type: string, required: true }, service: { type: string, default: search } }
title: work \${{ input.key }}
steps:
  - { id: ticket, tool: { name: tickets.create, args: { title: "\${{ input.key }}", text: a ticket } }, retry: { attempts: 5 } }
  - { id: restart, tool: { name: services.restart, args: { service: "\${{ input.service }}", environment: staging } }, dependsOn: [ticket], retry: { attempts: 5 } }
  - { id: page, tool: { name: pager.page, args: { person: ben, text: "\${{ input.key }}" } }, dependsOn: [restart], retry: { attempts: 5 } }
`,
  pay: `
summary: Two calls that cost, one after the other
on: { manual: true }
input: { key: { type: string, required: true } }
title: pay \${{ input.key }}
steps:
  - { id: first, tool: { name: http.paid.get, args: { path: "/first" } } }
  - { id: second, tool: { name: http.paid.get, args: { path: "/second" } }, dependsOn: [first] }
`,
  "wait-a-second": `
summary: A timer between two tickets
on: { manual: true }
input: { key: { type: string, required: true } }
title: wait \${{ input.key }}
steps:
  - { id: pause, wait: { for: 1s } }
  - { id: ticket, tool: { name: tickets.create, args: { title: "\${{ input.key }}", text: a ticket } }, dependsOn: [pause] }
`,
  "asked-ticket": `
summary: A ticket that somebody must approve
on: { manual: true }
input: { key: { type: string, required: true } }
title: write ticket \${{ input.key }}
steps:
  - { id: approval, approve: { covers: [ticket] } }
  - { id: ticket, tool: { name: tickets.create, args: { title: "\${{ input.key }}", text: a ticket to approve } }, dependsOn: [approval] }
`,
};

/** What these tests run besides the workflows of the installation; one that needs a tool which is not there is left out. */
export function moreDefinitions(): Definition[] {
  const known = {
    tools: ["tickets.create", "services.restart", "pager.page", "http.paid.get"].map((name) => ({ name })),
    intents: [],
    specialists: [],
  };
  return Object.entries(files).map(([name, text]) => {
    const loaded = loadDefinition(`name: ${name}${text}`, name, known);
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
    return loaded.definition;
  });
}
