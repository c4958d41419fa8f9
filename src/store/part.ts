/** One kind of row in a batch's statement: a JSON parameter, read by a data-modifying CTE whose sql says "FROM r" for it. */
export interface Part {
  readonly rows: readonly object[];
  /** The recordset's columns and types. */
  readonly columns: string;
  readonly sql: string;
  /** As many rows must come back as went in, or nothing of the batch happens. */
  readonly guarded?: boolean;
}
