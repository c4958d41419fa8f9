import { expect, test } from "vitest";
import { z } from "zod";
import { Fault } from "../../src/domain/fault.ts";
import type { JsonObject } from "../../src/domain/json.ts";
import { type AnyTool, defineTool } from "../../src/domain/tool.ts";
import type { Database } from "../../src/store/database.ts";

/** A call that is at work until it is told how it went. */
interface Call {
  readonly who: string;
  end(fault?: Fault): void;
}

/** A tool that has what it is about for itself, and the calls of it that are at work. */
export function aloneTool(): { readonly tool: AnyTool; readonly atWork: Map<string, Call[]> } {
  const atWork = new Map<string, Call[]>();
  const tool = defineTool({
    name: "alone",
    summary: "Is at work until it is told how it went",
    params: z.object({ thing: z.string(), who: z.string() }),
    result: z.object({}),
    risk: () => "write" as const,
    effect: "keyed",
    timeoutMs: 60_000,
    occupies: ({ thing }) => thing,
    describe: () => "Work alone",
    run: ({ args: { thing, who } }) =>
      new Promise((resolve, reject) => {
        const call: Call = {
          who,
          end(fault) {
            atWork.set(thing, atWork.get(thing)?.filter((one) => one !== call) ?? []);
            if (fault) reject(fault);
            else resolve({});
          },
        };
        atWork.set(thing, [...(atWork.get(thing) ?? []), call]);
      }),
  });
  return { tool, atWork };
}

interface Around {
  readonly db: () => Database;
  readonly atWork: Map<string, Call[]>;
  begin(): Promise<string>;
  /** Tells an actor something, at one of two processes. */
  say(id: string, key: string, event: { type: string } & JsonObject, process: 0 | 1): Promise<unknown>;
  pause(id: string): Promise<unknown>;
  resume(id: string): Promise<unknown>;
  owner(sql: string): Promise<unknown>;
  pass(ms: number): Promise<unknown>;
  eventually(holds: () => Promise<void>): Promise<void>;
}

/** What holds for effects that want the same thing for themselves. */
export function lineTests({ db, atWork, begin, say, pause, resume, owner, pass, eventually }: Around): void {
  const line = (thing: string) =>
    db().query<{ who: string; at_work: boolean; state: string }>(
      `select e.args::json->>'who' as who, o.at_work, e.state from steward.occupant o join steward.effect e on e.id = o.effect_id
       where o.thing = $1 order by o.n`,
      [thing],
    );
  const workers = (thing: string) => (atWork.get(thing) ?? []).map(({ who }) => who);
  /** One more actor that wants the thing, when those before it stand in the line. */
  const comes = async (thing: string, who: string, process: 0 | 1, type = "work alone") => {
    const before = (await line(thing)).length;
    const id = await begin();
    await say(id, "k1", { type, generation: 1, thing, who }, process);
    await eventually(async () => expect(await line(thing)).toHaveLength(before + 1));
    return id;
  };
  const ends = async (thing: string, who: string, fault?: Fault) => {
    await eventually(async () => expect(workers(thing)).toEqual([who]));
    atWork.get(thing)?.[0]?.end(fault);
  };
  const isEmpty = (thing: string) => eventually(async () => expect(await line(thing)).toEqual([]));

  test("effects that want the same thing are at work one after the other, in the order in which they came, whichever process has them", async () => {
    for (const [n, who] of ["a", "b", "c", "d", "e"].entries()) await comes("order", who, n % 2 ? 1 : 0);
    await comes("another", "z", 0);
    for (const who of ["a", "b", "c", "d", "e"]) {
      await eventually(async () => expect(workers("order")).toEqual([who]));
      const [first, ...others] = await line("order");
      expect(first).toEqual({ who, at_work: true, state: "started" });
      for (const one of others) expect(one).toMatchObject({ at_work: false, state: "pending" });
      await ends("order", who);
    }
    await isEmpty("order");
    await ends("another", "z");
    await isEmpty("another");
  });

  test("of many that come at the same moment one is at work at a time, and each is, once", async () => {
    const ids = await Promise.all(Array.from({ length: 12 }, () => begin()));
    await Promise.all(
      ids.map((id, n) =>
        say(id, "k1", { type: "work alone", generation: 1, thing: "rush", who: `${n}` }, n % 2 ? 1 : 0),
      ),
    );
    const done: string[] = [];
    while (done.length < ids.length) {
      await eventually(async () => expect(workers("rush")).toHaveLength(1));
      done.push(...workers("rush"));
      atWork.get("rush")?.[0]?.end();
    }
    expect(done.map(Number).sort((a, b) => a - b)).toEqual(ids.map((_, n) => n));
    await isEmpty("rush");
  });

  test("what failed and is to be tried again keeps its thing; stopped before that it makes room", async () => {
    const busy = () => new Fault("tool-failed", "not yet", { retryAfterMs: 1 });
    await comes("tried", "a", 0, "try alone");
    await comes("tried", "b", 1);
    await ends("tried", "a", busy());
    await eventually(async () =>
      expect((await line("tried"))[0]).toEqual({ who: "a", at_work: true, state: "failed" }),
    );
    // Whoever comes looks who is at work.
    const last = await comes("tried", "c", 0, "try alone");
    expect(workers("tried")).toEqual([]);
    await pass(60_000);
    await ends("tried", "a");
    await ends("tried", "b");
    await ends("tried", "c", busy());
    await eventually(async () => expect((await line("tried"))[0]).toMatchObject({ who: "c", state: "failed" }));
    await comes("tried", "d", 1);
    await say(last, "k2", { type: "end" }, 1);
    await ends("tried", "d");
    await isEmpty("tried");
  });

  test("whoever ends leaves the line; whoever is paused is passed over, and has its turn when it goes on", async () => {
    await comes("passed", "a", 0);
    const paused = await comes("passed", "b", 1);
    const ended = await comes("passed", "c", 0);
    await comes("passed", "d", 1);
    await pause(paused);
    await say(ended, "k2", { type: "end" }, 0);
    await ends("passed", "a");
    await eventually(async () => expect(workers("passed")).toEqual(["d"]));
    await resume(paused);
    expect((await line("passed")).map(({ who }) => who)).toEqual(["b", "d"]);
    await ends("passed", "d");
    await ends("passed", "b");
    await isEmpty("passed");
  });

  test("one whose run ends while it is at work keeps its thing until its call is over", async () => {
    const ended = await comes("kept", "a", 0);
    await eventually(async () => expect((await line("kept"))[0]).toMatchObject({ state: "started" }));
    await say(ended, "k2", { type: "end" }, 1);
    await comes("kept", "b", 1);
    expect(workers("kept")).toEqual(["a"]);
    expect((await line("kept"))[0]).toEqual({ who: "a", at_work: true, state: "started" });
    await ends("kept", "a");
    await ends("kept", "b");
    await isEmpty("kept");
  });

  test("a process that dies before it made room keeps nobody waiting", async () => {
    await comes("left", "a", 0);
    await comes("left", "b", 1);
    await eventually(async () => expect(workers("left")).toEqual(["a"]));
    // As it is when what came of it was the last that was written.
    await owner(
      "update steward.effect e set state = 'done' from steward.occupant o where o.thing = 'left' and o.at_work and e.id = o.effect_id",
    );
    await eventually(async () => expect(workers("left")).toEqual(["a", "b"]));
    for (const { end } of atWork.get("left") ?? []) end();
    await isEmpty("left");
  });
}
