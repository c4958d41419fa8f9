/** Functions that wait, lock, signal, notify, read files, reach other servers, change settings or run SQL from a text. */
const denied =
  /^(pg_sleep\w*|pg_(try_)?advisory\w*|pg_(terminate|cancel)_backend|pg_notify|pg_read_\w+|pg_ls_\w+|pg_stat_file|pg_file_\w+|pg_stat_(reset|force)\w*|pg_reload_conf|pg_rotate_logfile|pg_logical_\w+|pg_replication_\w+|pg_(create|drop|copy)_\w+|pg_switch_wal|pg_promote|pg_wal_replay_\w+|pg_export_snapshot|pg_logfile_rotate|lo_\w+|dblink\w*|postgres_fdw_\w+|set_config|setval|nextval|query_to_xml\w*|cursor_to_xml\w*|ts_stat|ts_rewrite)$/;

const begin = /^(select|with|values|table)$/;

type Token =
  | { readonly kind: "name" | "mark"; readonly text: string }
  | { readonly kind: "text" }
  | { readonly kind: "broken"; readonly why: string };

/**
 * Why this text is not sent to a database, or null: it must be one query that calls nothing which does more than read. The
 * database itself refuses the rest: the role may only read, the transaction is read-only, and a cursor takes queries alone.
 */
export function whyNotAsk(query: string): string | null {
  const tokens = tokensOf(query);
  const broken = tokens.find((token) => token.kind === "broken");
  if (broken) return broken.why;
  const end = tokens.findLastIndex((token) => !isMark(token, ";"));
  if (end < 0) return "The query is empty.";
  const asked = tokens.slice(0, end + 1);
  if (asked.some((token) => isMark(token, ";")))
    return "Only one statement can be asked at a time; leave out the others.";
  const first = asked.find((token) => !isMark(token, "("));
  if (first?.kind !== "name" || !begin.test(first.text))
    return "Only queries can be asked: begin with SELECT, WITH, VALUES or TABLE.";
  const called = asked.flatMap((token, i) => {
    const next = asked[i + 1];
    return token.kind === "name" && next && isMark(next, "(") ? [token.text] : [];
  });
  const forbidden = called.find((name) => denied.test(name));
  return forbidden === undefined ? null : `The function ${forbidden} does more than read; ask without it.`;
}

function isMark(token: Token, text: string): boolean {
  return token.kind === "mark" && token.text === text;
}

const space = /\s+|--[^\n\r]*/y;
const quoted = /[eE]'(?:[^'\\]|\\[\s\S]|'')*'|'(?:[^']|'')*'/y;
const dollar = /\$([A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$[\s\S]*?\$\1\$/y;
const identifier = /"(?:[^"]|"")+"/y;
const word = /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y;
const number = /\d[\w.]*/y;

/** PostgreSQL's tokens as far as they matter here; section 4.1 of its manual, with standard_conforming_strings on. */
function tokensOf(query: string): Token[] {
  const tokens: Token[] = [];
  const stop = (why: string) => [...tokens, { kind: "broken" as const, why }];
  for (let at = 0; at < query.length; ) {
    const take = (pattern: RegExp) => {
      pattern.lastIndex = at;
      const found = pattern.exec(query)?.[0];
      if (found !== undefined) at += found.length;
      return found;
    };
    if (take(space) !== undefined) continue;
    if (query.startsWith("/*", at)) {
      const after = endOfComment(query, at);
      if (after === null) return stop("A comment is not closed.");
      at = after;
      continue;
    }
    if (/^[uU]&['"]/.test(query.slice(at, at + 3)))
      return stop("Unicode escapes (U&) are not taken; write the characters themselves.");
    if (take(quoted) !== undefined || take(dollar) !== undefined) {
      tokens.push({ kind: "text" });
      continue;
    }
    if (query[at] === "'") return stop("A text is not closed.");
    const named = take(identifier);
    if (named !== undefined) {
      tokens.push({ kind: "name", text: named.slice(1, -1).replaceAll('""', '"') });
      continue;
    }
    if (query[at] === '"') return stop("A quoted name is not closed.");
    const plain = take(word);
    if (plain !== undefined) tokens.push({ kind: "name", text: plain.toLowerCase() });
    else tokens.push({ kind: "mark", text: take(number) ?? query.charAt(at++) });
  }
  return tokens;
}

/** Comments nest. */
function endOfComment(query: string, start: number): number | null {
  const marks = /\/\*|\*\//g;
  marks.lastIndex = start;
  for (let depth = 0, found = marks.exec(query); found; found = marks.exec(query)) {
    depth += found[0] === "/*" ? 1 : -1;
    if (depth === 0) return marks.lastIndex;
  }
  return null;
}
