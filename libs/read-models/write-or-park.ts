import { ClientBase } from '../postgres/pool';
import { Programme } from '../programme/programme';
import { parking } from './fold';
import { ParkedRow } from './parked-table';
import { Change, Changes, Write } from './read-model';
import { asJson, isDataError, writesOf } from './writes';

interface Part {
  changes: Changes;
  schema: string;
  programme: Programme;
}

/**
 * Writes what can be written, inside a transaction that is open, and returns a row for each stream that cannot: halves the
 * streams until one stands alone, then its events. What follows the failing event of a stream waits with it.
 */
export async function writeOrPark(client: ClientBase, part: Part): Promise<ParkedRow[]> {
  const failure = await tryToWrite(client, part);
  if (failure === undefined) return [];
  const { projects, conferences } = part.changes;
  const streams = [...projects, ...conferences];
  const [only] = streams;
  if (streams.length > 1) {
    const parked: ParkedRow[] = [];
    for (const changes of halves(part.changes)) parked.push(...(await writeOrPark(client, { ...part, changes })));
    return parked;
  }
  const [first] = only?.steps ?? [];
  if (!only || !first) return [];
  if (only.steps.length === 1) return [parking({ ...first, stream: only.stream }, failure.error)];
  return writeStepsOrPark(client, part);
}

async function writeStepsOrPark(client: ClientBase, part: Part): Promise<ParkedRow[]> {
  const [project] = part.changes.projects.map(splitSteps);
  const [conference] = part.changes.conferences.map(splitSteps);
  const at = (half: 0 | 1): Changes => ({
    projects: project ? [project[half]] : [],
    conferences: conference ? [conference[half]] : [],
  });
  const [parked] = await writeOrPark(client, { ...part, changes: at(0) });
  if (!parked) return writeOrPark(client, { ...part, changes: at(1) });
  const later = (project ?? conference)?.[1].steps.length ?? 0;
  return [{ ...parked, waiting: parked.waiting + later }];
}

/** Undefined when it went well. @throws what is nobody's data's fault, such as a lost connection */
async function tryToWrite(client: ClientBase, part: Part): Promise<{ error: unknown } | undefined> {
  let writes: Write[];
  try {
    writes = writesOf(part.changes, part.schema, part.programme);
  } catch (error) {
    return { error };
  }
  await client.query('SAVEPOINT part');
  try {
    for (const write of writes) await asJson(part.schema, write)(client);
  } catch (error) {
    if (!isDataError(error)) throw error;
    await client.query('ROLLBACK TO SAVEPOINT part; RELEASE SAVEPOINT part');
    return { error };
  }
  await client.query('RELEASE SAVEPOINT part');
  return undefined;
}

function halves({ projects, conferences }: Changes): Changes[] {
  if (projects.length > 0 && conferences.length > 0)
    return [
      { projects, conferences: [] },
      { projects: [], conferences },
    ];
  const half = (part: 0 | 1): Changes => ({ projects: cut(projects)[part], conferences: cut(conferences)[part] });
  return [half(0), half(1)];
}

function cut<Item>(items: readonly Item[]): [Item[], Item[]] {
  const middle = Math.ceil(items.length / 2);
  return [items.slice(0, middle), items.slice(middle)];
}

/** One change as two that follow each other. */
function splitSteps<Event, State>(change: Change<Event, State>): [Change<Event, State>, Change<Event, State>] {
  const [head, tail] = cut(change.steps);
  return [
    { ...change, steps: head },
    { ...change, before: head.at(-1)?.state, steps: tail },
  ];
}
