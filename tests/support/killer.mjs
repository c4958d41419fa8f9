// Loaded with --import into a Steward under test. Counts what is committed and kills the process right before or right after
// the n-th: explicit commits, statements that write on their own, and jobs that are claimed.
import { appendFileSync } from "node:fs";
import { PGlite } from "@electric-sql/pglite";
import pg from "pg";

const n = Number(process.env.KILL_N ?? 0);
const when = process.env.KILL_WHEN;
const only = process.env.KILL_ONLY ? new RegExp(process.env.KILL_ONLY) : null;
const file = process.env.KILL_COUNT;
let seen = 0;

function die() {
  process.kill(process.pid, "SIGKILL");
  // The signal may take a moment to arrive: nothing more is done meanwhile.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

/** What a statement commits when it stands alone; null when nothing. */
function nameOf(text) {
  if (/^\s*(begin|commit|rollback|select|set|reset)\b/i.test(text)) return null;
  if (/pgboss/i.test(text) && !/steward\./.test(text))
    return /skip locked/i.test(text) && /state = 'active'/i.test(text) ? "claim" : null;
  const tables = [...text.matchAll(/\b(insert into|update|delete from)\s+((?:steward\.)?\w+)/gi)].map(
    ([, verb, table]) => `${verb} ${table}`,
  );
  return tables.length > 0 ? tables.join(", ") : null;
}

/** Around one commit. A claim of nothing is no commit, so it is counted when it is known what it claimed. */
async function around(name, run) {
  if (name === null || (only && !only.test(name))) return run();
  let mine = name === "claim" ? 0 : ++seen;
  if (mine === n && when === "before") die();
  const result = await run();
  if (name === "claim") {
    if (!(result?.rows?.length > 0)) return result;
    mine = ++seen;
    if (mine === n) die();
  }
  if (file) appendFileSync(file, `${name}\n`);
  if (mine === n && when === "after") die();
  return result;
}

const transaction = PGlite.prototype.transaction;
PGlite.prototype.transaction = function (work) {
  let mine = 0;
  const names = [];
  return transaction
    .call(this, async (tx) => {
      const query = tx.query;
      const watched = new Proxy(tx, {
        get: (target, key) =>
          key !== "query"
            ? Reflect.get(target, key, target)
            : (text, ...rest) => {
                names.push(nameOf(text));
                return query.call(target, text, ...rest);
              },
      });
      const result = await work(watched);
      if (counts(names)) mine = ++seen;
      if (mine && mine === n && when === "before") die();
      return result;
    })
    .then((result) => {
      if (mine && file) appendFileSync(file, `commit ${names.filter(Boolean)[0]}\n`);
      if (mine && mine === n && when === "after") die();
      return result;
    });
};
/** Whether a transaction is counted: it wrote something, and what is asked for. */
function counts(names) {
  const wrote = names.filter(Boolean);
  return wrote.length > 0 && (!only || wrote.some((name) => only.test(name)));
}
const alone = PGlite.prototype.query;
PGlite.prototype.query = function (text, ...rest) {
  return around(nameOf(text), () => alone.call(this, text, ...rest));
};

const inside = new WeakMap();
const send = pg.Client.prototype.query;
pg.Client.prototype.query = function (config, ...rest) {
  const text = typeof config === "string" ? config : config?.text;
  // The pool calls back; everything of ours awaits.
  const callback = rest.findLast((each) => typeof each === "function");
  if (typeof text !== "string") return send.call(this, config, ...rest);
  if (/^\s*begin\s*$/i.test(text)) inside.set(this, []);
  const open = inside.get(this);
  const ends = /^\s*(commit|rollback)\s*$/i.test(text);
  if (open && !ends) {
    open.push(nameOf(text));
    return send.call(this, config, ...rest);
  }
  if (ends) inside.delete(this);
  const commits = open && /^\s*commit\s*$/i.test(text) && counts(open);
  const name = commits
    ? `commit ${open.filter(Boolean).find((each) => !only || only.test(each))}`
    : open
      ? null
      : nameOf(text);
  if (name === null) return send.call(this, config, ...rest);
  if (!callback) return around(name, () => send.call(this, config, ...rest));
  const others = rest.filter((each) => each !== callback);
  around(
    name,
    () =>
      new Promise((resolve, reject) =>
        send.call(this, config, ...others, (error, result) => (error ? reject(error) : resolve(result))),
      ),
  ).then(
    (result) => callback(null, result),
    (error) => callback(error),
  );
  return undefined;
};
