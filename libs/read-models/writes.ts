import { copyRows } from '../postgres/copy-rows';
import { ClientBase } from '../postgres/pool';
import { Programme } from '../programme/programme';
import { Changes, Write } from './read-model';
import { READ_MODEL_LIST } from './read-models';
import { insert, Table, upsert } from './shape';

/** What brings all read models up to date with the changes. */
export function writesOf(changes: Changes, schema: string, programme: Programme): Write[] {
  return READ_MODEL_LIST.flatMap((model) => model.project(changes, schema, programme)).filter(
    ({ rows }) => rows.length > 0,
  );
}

/** A write whose rows are encoded already. */
export type EncodedWrite = (client: ClientBase) => Promise<unknown>;

/** One statement, prepared once per connection: right for small batches. */
export function asJson(schema: string, write: Write): EncodedWrite {
  const text = sqlOf(schema, write);
  const statement = { name: nameOf(text), text, values: [JSON.stringify(write.rows)] };
  return (client) => client.query(statement);
}

/** The same by COPY: right for large batches, several times faster. Rows are replaced by deleting them first. */
export function byCopy(schema: string, write: Write): EncodedWrite {
  if (write.kind === 'apply') return asJson(schema, write);
  const { table, rows } = write;
  const types = Object.fromEntries(Object.entries(table.columns).map(([name, { type }]) => [name, type]));
  const copy = copyRows(`${schema}.${table.name}`, types, rows);
  return async (client) => {
    if (write.kind === 'replace') await deleteRows(client, schema, write);
    await copy(client);
  };
}

/** @throws RangeError for a table whose key has several columns: its rows can only be added or applied */
async function deleteRows(
  client: ClientBase,
  schema: string,
  { table, rows }: { table: Table; rows: readonly object[] },
): Promise<void> {
  const [key, ...more] = table.primaryKey;
  const column = key === undefined ? undefined : table.columns[key];
  if (key === undefined || !column || more.length > 0)
    throw new RangeError(`${table.name} must have a key of one column`);
  const keys = rows.map((row) => (row as Record<string, unknown>)[key]);
  await client.query(`DELETE FROM ${schema}.${table.name} WHERE ${key} = ANY($1::${column.type}[])`, [keys]);
}

function sqlOf(schema: string, write: Write): string {
  if (write.kind === 'apply') return write.sql;
  return write.kind === 'replace' ? upsert(schema, write.table) : insert(schema, write.table);
}

const names = new Map<string, string>();

/** A short name for each statement. */
function nameOf(sql: string): string {
  const name = names.get(sql) ?? `write-${names.size + 1}`;
  names.set(sql, name);
  return name;
}

/** Whether PostgreSQL refuses the data: out of range, not representable, against a constraint, too large for an index. */
export function isDataError(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  return /^(22|23|54)\w{3}$/.test(code);
}
