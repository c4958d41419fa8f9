import type { Context, MiddlewareHandler } from "hono";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { secureHeaders } from "hono/secure-headers";
import type { Hook, HookIntake } from "../inbox/hook.ts";
import { agentsDoor } from "./agents.ts";
import type { Env, Pages, Settings } from "./app.ts";
import { auditDoor } from "./audit.ts";
import { longestBody } from "./body.ts";
import { callerOf, notAnymore, provenanceOf, signInMissing } from "./caller.ts";
import { chatDoor } from "./chat.ts";
import { judge, problem, toProblem } from "./errors.ts";
import { gatesDoor } from "./gates.ts";
import { healthDoor } from "./health.ts";
import { crossSite, notFromHere } from "./origin.ts";
import type { Ports } from "./ports.ts";
import { quietDoor } from "./quiet.ts";
import { effectsDoor, runsDoor } from "./runs.ts";
import { sessionDoor } from "./session.ts";
import { spendDoor } from "./spend.ts";
import { toolsDoor } from "./tools.ts";
import { trialDoor } from "./trial.ts";
import { webhooksDoor } from "./webhooks.ts";
import { workflowsDoor } from "./workflows.ts";

/** A door that a chat platform calls. It proves by itself who calls, except where it says that it cannot. */
export interface PlatformDoor {
  readonly path: string;
  readonly unproven: boolean;
  handle(request: Request): Promise<Response>;
}

export interface ServerOptions {
  readonly pages?: Pages;
  readonly platforms?: readonly PlatformDoor[];
  /** Systems that tell what happens, and who takes it. */
  readonly webhooks?: { readonly hooks: readonly Hook[]; readonly take: HookIntake };
  /** Aborts when the process is told to stop: open streams end. */
  readonly closing?: AbortSignal;
  /** Hears of what nobody expected; the caller is told only that it was logged. */
  readonly onError?: (error: unknown) => void;
}

const longestPlatformBody = 1024 * 1024;

/** Every HTTP door on one app. Works with `app.request(...)` as well as behind a socket. */
export function createServer(ports: Ports, settings: Settings, options: ServerOptions = {}): Hono<Env> {
  const {
    pages,
    platforms = [],
    webhooks,
    closing = new AbortController().signal,
    onError = () => undefined,
  } = options;
  const app = new Hono<Env>();

  app.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'self'"],
        frameAncestors: ["'none'"],
        formAction: ["'self'"],
        baseUri: ["'none'"],
        objectSrc: ["'none'"],
      },
      xFrameOptions: "DENY",
      referrerPolicy: "no-referrer",
      strictTransportSecurity: false,
    }),
  );
  app.use(async (c, next) => {
    await next();
    if (!c.res.headers.has("cache-control")) c.res.headers.set("cache-control", "no-store");
  });
  // Before the limit of our own doors, which a platform's may lie under.
  for (const { path, unproven, handle } of platforms)
    app.post(path, limit(longestPlatformBody), async (c) => {
      const foreign = unproven ? notFromHere(provenanceOf(c)) : null;
      if (foreign === null) return handle(c.req.raw);
      const { tenant } = settings;
      await ports.audit.refuse({ tenant, stream: "ingress", because: "not-from-here", by: null, door: path });
      return problem(c, 403, foreign, { because: "not-from-here" });
    });
  if (webhooks !== undefined) {
    app.use("/api/webhooks/*", limit(longestPlatformBody));
    app.route("/api/webhooks", webhooksDoor(webhooks.hooks, webhooks.take, settings));
  }
  app.use("/api/*", limit(longestBody));
  app.use(async (c, next) => {
    if (c.req.path === "/api/health" || c.req.path.startsWith("/assets/")) {
      c.set("caller", { kind: "nobody" });
      return await next();
    }
    const foreign = ["GET", "HEAD", "OPTIONS"].includes(c.req.method) ? null : crossSite(provenanceOf(c));
    if (foreign !== null) {
      await ports.audit.refuse({
        tenant: settings.tenant,
        stream: "ingress",
        because: "cross-site",
        by: null,
        door: "http",
      });
      return problem(c, 403, foreign, { because: "cross-site" });
    }
    c.set("caller", await callerOf(c, ports, settings));
    const another = c.req.path === "/api/session" ? null : await notAnymore(c, ports, settings);
    if (another !== null) return problem(c, 409, another, { because: "another-person" });
    return await next();
  });
  if (settings.mode !== "trial")
    for (const path of ["/api/session", "/api/chat/*"])
      app.use(path, (c) => Promise.resolve(problem(c, 503, signInMissing)));

  app.route("/api/health", healthDoor(ports, settings));
  app.route("/api/session", sessionDoor(ports, settings));
  app.route("/api/chat", chatDoor(ports, settings, closing));
  app.route("/api/workflows", workflowsDoor(ports, settings));
  app.route("/api/agents", agentsDoor(ports, settings));
  app.route("/api/runs", runsDoor(ports, settings));
  app.route("/api/effects", effectsDoor(ports, settings));
  app.route("/api/gates", gatesDoor(ports, settings));
  app.route("/api/audit", auditDoor(ports, settings));
  app.route("/api/quiet-hours", quietDoor(ports, settings));
  app.route("/api/spend", spendDoor(ports, settings));
  app.route("/api/tools", toolsDoor(ports, settings));
  if (ports.trial !== null) app.route("/api/trial", trialDoor(ports.trial, ports, settings));
  pages?.mount(app, settings.mode === "trial" ? null : signInMissing);

  const forPeople = (c: Context) =>
    pages !== undefined && !c.req.path.startsWith("/api/") && (c.req.header("accept") ?? "").includes("text/html");
  app.notFound((c) => {
    const detail = `There is nothing at ${c.req.method} ${c.req.path.slice(0, 200)}.`;
    return forPeople(c) && pages !== undefined ? pages.failed(c, 404, "Not found", detail) : problem(c, 404, detail);
  });
  app.onError((error, c) => {
    const { status, title, detail, expected } = judge(error);
    if (!expected) onError(error);
    return forPeople(c) && pages !== undefined ? pages.failed(c, status, title, detail) : toProblem(c, error);
  });
  return app;
}

function limit(bytes: number): MiddlewareHandler {
  const detail = `The body is larger than ${bytes / 1024} KB: send less.`;
  return bodyLimit({ maxSize: bytes, onError: (c) => problem(c, 413, detail) });
}
