/**
 * SQL that says whether the run of a definition is one person's: the same as `isPersonal` says of it. `body` is the column that
 * holds the definition. (Only what has one of the words is parsed.)
 */
export function personal(body: string): string {
  return `coalesce(case when ${body} ~ '"(alone|personal)":true'
    then 'true' in (${body}::json->>'alone', ${body}::json->>'personal') end, false)`;
}
