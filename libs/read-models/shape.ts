/** One column of a read model, as it is created, commented in `reporting` and written. */
export interface Column {
  /** PostgreSQL type. */
  type: string;
  nullable: boolean;
  /** In Chinese and English, for the people who query the reporting views. */
  comment: string;
  /** Not shown in `reporting`: needed only to maintain the read model. */
  internal: boolean;
}

export interface Table {
  name: string;
  comment: string;
  columns: Record<string, Column>;
  primaryKey: readonly string[];
  /** What follows `CREATE INDEX ON table`. Made after a rebuild has loaded the rows. */
  indexes: readonly string[];
}

export function column(type: string, zh: string, en: string): Column {
  return { type, nullable: false, comment: `${zh} · ${en}`, internal: false };
}

export function optional(type: string, zh: string, en: string): Column {
  return { ...column(type, zh, en), nullable: true };
}

export function internal(type: string, why: string): Column {
  return { type, nullable: false, comment: why, internal: true };
}

/** One or several statements. */
export function createTable(schema: string, table: Table): string {
  const columns = Object.entries(table.columns).map(
    ([name, { type, nullable }]) => `${name} ${type}${nullable ? '' : ' NOT NULL'}`,
  );
  const key = `PRIMARY KEY (${table.primaryKey.join(', ')})`;
  // Not compressed: that would cost more than all the rest of a write.
  const large = Object.entries(table.columns).filter(([, { type }]) => type === 'json');
  return [
    `CREATE TABLE ${schema}.${table.name} (${[...columns, key].join(', ')})`,
    ...large.map(([name]) => `ALTER TABLE ${schema}.${table.name} ALTER ${name} SET STORAGE EXTERNAL`),
  ].join(';\n');
}

export function createIndexes(schema: string, table: Table): string[] {
  return table.indexes.map((index) => `CREATE INDEX ON ${schema}.${table.name} ${index}`);
}

/** The rows of one JSON parameter as a set: `json_to_recordset($1) AS row (id uuid, …)`. */
export function recordset(columns: Record<string, Pick<Column, 'type'>>): string {
  const list = Object.entries(columns).map(([name, { type }]) => `${name} ${type}`);
  return `json_to_recordset($1::json) AS row (${list.join(', ')})`;
}

/** Writes whole rows, new or known, from one JSON parameter. */
export function upsert(schema: string, table: Table): string {
  const names = Object.keys(table.columns);
  const changes = names.filter((name) => !table.primaryKey.includes(name)).map((name) => `${name} = excluded.${name}`);
  return `${insert(schema, table)} ON CONFLICT (${table.primaryKey.join(', ')}) DO UPDATE SET ${changes.join(', ')}`;
}

export function insert(schema: string, table: Table): string {
  const names = Object.keys(table.columns).join(', ');
  return `INSERT INTO ${schema}.${table.name} (${names}) SELECT ${names} FROM ${recordset(table.columns)}`;
}
