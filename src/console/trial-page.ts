import { html } from "hono/html";
import type { RunLine } from "../http/reads.ts";
import type { Trial, TrialService } from "../http/trial-port.ts";
import { chart } from "./chart.ts";
import type { Html } from "./layout.ts";
import { threadPath } from "./run-page.ts";
import { instant } from "./words.ts";

/** What a chart's height is at least, so that a healthy service looks calm. */
const floors: Readonly<Record<string, number>> = { "CPU, %": 100, "Errors, %": 5, "Latency, ms": 500 };

type Overview = Awaited<ReturnType<Trial["overview"]>>;

/** The simulated company: what runs, how it does, buttons that break and mend it, and the newest incident of each service. */
export function trialPage(
  { services, grants, issues }: Overview,
  incidents: readonly RunLine[],
  faults: readonly string[],
  mayBreak: boolean,
): Html {
  const incidentOf = ({ name, environment }: TrialService) =>
    incidents.find((run) => run.service?.name === name && run.service.environment === environment) ?? null;
  return html`<div data-live data-every="2000"><h1>Trial company</h1>
    <p>These services are simulated, but they really change when Steward acts on them, and they survive a restart. ${mayBreak ? "Break one and see who notices." : ""}</p>
    <div class="services">${services.map((service) => serviceView(service, incidentOf(service), faults, mayBreak))}</div>
    <h2>Access directory</h2>
    ${
      grants.length === 0
        ? html`<p class="empty-note">Nobody holds extra access now.</p>`
        : html`<ul class="list">${grants.map(
            ({ name, resource, level, until }) =>
              html`<li>${name} may ${level} ${resource}${until === null ? "" : html` until ${instant(until)}`}</li>`,
          )}</ul>`
    }
    ${
      issues.length === 0
        ? ""
        : html`<h2>Issues at the desk</h2>
      <p>Issues that GitHub told of and tickets that somebody named, and what Steward says there. With an account it would be a comment on them.</p>
      <ul class="list">${issues.map(
        ({ issue, title, text, closed }) =>
          html`<li><strong>${title === "" ? issue : `${issue}: ${title}`}</strong> <span class="state ${closed ? "done" : "open"}">${closed ? "closed" : "open"}</span><br><span>${text}</span></li>`,
      )}</ul>`
    }</div>`;
}

function serviceView(
  service: TrialService,
  incident: RunLine | null,
  faults: readonly string[],
  mayBreak: boolean,
): Html {
  const { name, environment, version, fault, ails } = service;
  const body = (more: object) => JSON.stringify({ service: name, environment, ...more });
  return html`<section class="card service" id="service-${name}-${environment}"><h3>${name} <small>${environment}</small></h3>
    <p>version ${version} · ${badge(service)}</p>
    ${ails.length === 0 ? "" : html`<p class="warn">${ails.join(", ")}</p>`}
    ${incident === null ? "" : incidentView(incident)}
    <ul class="instances">${service.instances.map(
      ({ number, status, startedAt, restarts }) =>
        html`<li><span class="state ${status}">${status}</span> instance ${number}, up since ${instant(startedAt)}${restarts > 0 ? `, restarted ${restarts === 1 ? "once" : `${restarts} times`}` : ""}</li>`,
    )}</ul>
    <div class="charts">${service.charts.map(({ label, values }) => chart(label, values, floors[label] ?? 1))}</div>
    ${service.log.length === 0 ? "" : html`<details><summary>Log</summary><pre>${service.log.map(({ at, line }) => html`${instant(at)} ${line}\n`)}</pre></details>`}
    ${
      mayBreak
        ? html`<p class="buttons">${
            fault === null
              ? html`<span>Break it:</span> ${faults.map(
                  (each) =>
                    html`<button type="button" class="default" data-post="/api/trial/break" data-body="${body({ fault: each })}">${each}</button>`,
                )}`
              : html`<button type="button" class="primary" data-post="/api/trial/mend" data-body="${body({})}">Mend</button>`
          }</p>`
        : ""
    }</section>`;
}

/** What was broken here, or that it only suffers from another service, or that all is well. */
function badge({ fault, ails }: TrialService): Html {
  if (fault !== null) return html`<span class="state failed">${fault}</span>`;
  return ails.length > 0
    ? html`<span class="state failed">not healthy</span>`
    : html`<span class="state completed">healthy</span>`;
}

/** Where the newest incident of a service can be followed. */
function incidentView(run: RunLine): Html {
  return html`<p class="incident">${run.done ? "Last incident" : "Incident"}: <a href="/runs/${run.id}">${run.title}</a> <span class="state ${run.state}">${run.state}</span>
    ${run.thread === null ? "" : html` <a href="${threadPath(run.thread)}">its thread in #${run.thread.channel}</a>`}</p>`;
}
