import { html } from "hono/html";
import type { Person } from "../domain/incoming.ts";

/** What hono/html makes: escaped, and possibly still waiting. */
export type Html = ReturnType<typeof html>;

/** Who looks, and what every page shows of the house. */
export interface Frame {
  readonly person: Person;
  readonly people: readonly Person[];
  /** Gates that wait for this person. */
  readonly waiting: number;
  /** Runs, and the audit with the systems, are shown in the menu to those who may see them. */
  readonly seesRuns: boolean;
  readonly readsAudit: boolean;
  readonly trial: boolean;
}

const head = (title: string) => html`<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <title>${title} · Steward</title>
  <link rel="icon" type="image/svg+xml" href="/assets/mark.svg">
  <link rel="stylesheet" href="/assets/style.css">
  <script src="/assets/app.js" defer></script>
</head>`;

const simulation = html`<p class="simulation"><strong>Trial:</strong> this is a simulation. <span>The company, its people and its services are made up; nothing outside this machine is touched.</span></p>`;

/** A whole page. `current` is the menu's path. */
export function page(frame: Frame, title: string, current: string, main: Html): Html {
  const link = (path: string, label: string, badge: Html | "" = "") =>
    html`<a href="${path}" ${current === path ? html`aria-current="page"` : ""}>${label}${badge}</a>`;
  const badge = html` <span class="badge" id="waiting" ${frame.waiting === 0 ? html`hidden` : ""} aria-label="${frame.waiting} waiting for you">${frame.waiting}</span>`;
  return html`<!doctype html>
<html lang="en">
${head(title)}
<body>
  <a class="skip" href="#main">Skip to the content</a>
  <header class="top" data-viewer="${frame.person.id}">
    <a class="brand" href="/"><img src="/assets/mark.svg" alt="" width="24" height="24"> Steward</a>
    <nav aria-label="Pages">
      ${link("/", "Chat")}${frame.seesRuns ? link("/runs", "Runs") : ""}${link("/gates", "Waiting for me", badge)}
      ${frame.readsAudit ? html`${link("/audit", "Audit")}${link("/systems", "Systems")}` : ""}${frame.trial ? link("/trial", "Trial company") : ""}${link("/help", "Help")}
    </nav>
    ${personas(frame)}
  </header>
  ${frame.trial ? simulation : ""}
  <p id="live" role="status"></p>
  <main id="main" tabindex="-1">${main}</main>
  <div id="toast" role="status" aria-live="polite" hidden></div>
  <noscript><p class="simulation">Writing and pressing buttons needs JavaScript; reading does not.</p></noscript>
</body>
</html>`;
}

function personas({ person, people }: Frame): Html {
  return html`<details class="personas">
    <summary aria-label="You are ${person.name}. Be somebody else"><span class="face" aria-hidden="true">${initial(person)}</span> ${person.name}</summary>
    <div class="menu">${people.map((each) => personButton(each, each.id === person.id))}</div>
  </details>`;
}

function personButton(person: Person, chosen: boolean): Html {
  const roles = person.kind === "guest" ? "guest" : person.roles.join(", ") || "member";
  return html`<button type="button" data-person="${person.id}" aria-pressed="${chosen ? "true" : "false"}">
    <span class="face" aria-hidden="true">${initial(person)}</span><span><strong>${person.name}</strong><br><small>${roles}</small></span>
  </button>`;
}

function initial(person: Person): string {
  return ([...person.name][0] ?? "?").toUpperCase();
}

/** The first page of a trial: nobody is signed in yet. */
export function welcome(people: readonly Person[]): Html {
  return bare(
    "Welcome",
    html`${simulation}
    <h1>Who do you want to be?</h1>
    <p>Steward works for a small made-up company here. Pick somebody; you can change at any time, at the top right. A good start: ask as Ana, approve as Ben.</p>
    <div class="welcome">${people.map((person) => personButton(person, false))}</div>`,
  );
}

/** A page without a frame, for errors and for nobody. */
export function bare(title: string, main: Html): Html {
  return html`<!doctype html>
<html lang="en">
${head(title)}
<body class="bare"><main id="main"><p class="brand"><img src="/assets/mark.svg" alt="" width="24" height="24"> Steward</p>${main}</main>
<div id="toast" role="status" aria-live="polite" hidden></div></body>
</html>`;
}
