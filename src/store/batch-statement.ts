/** One kind of row in a batch's statement: a JSON parameter, read by a data-modifying CTE whose sql says "FROM r" for it. */
export interface Part {
  readonly rows: readonly object[];
  /** The recordset's columns and types. */
  readonly columns: string;
  readonly sql: string;
  /** As many rows must come back as went in, or nothing of the batch happens. */
  readonly guarded?: boolean;
}

/**
 * One statement for the whole batch, and so the whole transaction: each kind of row is a JSON parameter and a data-modifying
 * CTE, and the final select divides by zero unless every guarded part touched as many rows as it was given. Kinds that this
 * batch lacks are left out; each combination is prepared once per connection.
 */
export function statement(
  tenant: string,
  now: string,
  parts: Readonly<Record<string, Part>>,
): { text: string; values: unknown[]; name: string } {
  const present = Object.entries(parts).filter(([, part]) => part.rows.length > 0);
  const { text, name } = textOf(present);
  // Rows that are looked up carry the tenant themselves: `tenant_id = $1` would tempt the planner to read all of the tenant's.
  const rowsOf = (part: Part) =>
    part.sql.includes("r.tenant") ? part.rows.map((row) => ({ ...row, tenant })) : part.rows;
  const counts = present.map(([, part]) => part.rows.length);
  return { text, name, values: [tenant, now, counts, ...present.map(([, part]) => JSON.stringify(rowsOf(part)))] };
}

type Text = { readonly text: string; readonly name: string };
const texts = new Map<string, Text>();

/** The statement for this combination of parts, under a name of its own: PostgreSQL cuts names at 63 bytes. */
function textOf(present: readonly (readonly [string, Part])[]): Text {
  const key = present.map(([part]) => part).join();
  const known = texts.get(key);
  if (known) return known;
  const ctes = present.map(
    ([part, { columns, sql }], i) =>
      `${part} as (${sql.replace("FROM r", `from json_to_recordset($${i + 4}::json) as r(${columns}, tenant text)`)})`,
  );
  const guards = present.flatMap(([part, { guarded }], i) =>
    guarded ? [`(select count(*) from ${part}) = ($3::int[])[${i + 1}]`] : [],
  );
  const made = {
    text: `with ${ctes.join(",\n")}\nselect 1 / (case when ${guards.join(" and ") || "true"} then 1 else 0 end), $1::text, $2::timestamptz, $3::int[]`,
    name: `batch-${texts.size + 1}`,
  };
  texts.set(key, made);
  return made;
}

/** A JSON array in a column of the recordset, as an array of texts. */
export const list = (column: string) => `array(select json_array_elements_text(r."${column}"))`;
