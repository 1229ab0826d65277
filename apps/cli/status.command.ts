import { Command } from 'commander';
import { listParked, ParkedStream, retryParked } from '../../libs/read-models/parked';
import { createProjectionPool } from '../../libs/read-models/projection-pool';
import { projectorStatus } from '../../libs/read-models/projector-status';
import { rebuild } from '../../libs/read-models/rebuild';
import { count, duration, printJson, printTable } from './output';
import { showProgress } from './progress';
import { GlobalOptions, Session, withSession } from './session';

/** `luodi status`: where the store ends, and how far the read models are. */
export function statusCommand(): Command {
  return new Command('status')
    .description('how far everything has come 运行状态')
    .action((_options: object, self: Command) => run(self, status));
}

/** `luodi rebuild`: all read models anew, beside the live ones. */
export function rebuildCommand(): Command {
  return new Command('rebuild')
    .description('build all read models anew and swap them in 重建查询库')
    .action((_options: object, self: Command) => run(self, rebuildAll));
}

/** `luodi parked list | retry [stream]`. */
export function parkedCommand(): Command {
  const command = new Command('parked').description('projects whose events could not be projected 暂停投影的项目');
  command
    .command('list', { isDefault: true })
    .description('which, and why')
    .action((_options: object, self: Command) => run(self, list));
  command
    .command('retry')
    .description('try again; exit code 1 when some stay parked')
    .argument('[stream]', 'only this one')
    .action((stream: string | undefined, _options: object, self: Command) =>
      run(self, (session) => retry(session, stream)),
    );
  return command;
}

function run(self: Command, work: (session: Session) => Promise<void>): Promise<void> {
  return withSession(self.optsWithGlobals<GlobalOptions>(), work);
}

async function status(session: Session): Promise<void> {
  const store = await session.store();
  const [head, readModels] = await Promise.all([store.head(), projectorStatus(session.pool(), store)]);
  if (session.options.json) return printJson({ eventStore: { id: store.storeId, head: head ?? null }, readModels });
  const { position, eventsBehind, secondsBehind, parked, rebuilding } = readModels;
  printTable(
    ['Status 状态', ''],
    [
      ['event store 事件库', store.storeId],
      ['newest event 最新事件', head ?? '–'],
      ['read models at 查询库位置', position ?? '–'],
      ['behind 落后', `${count(eventsBehind)} events, ${duration(secondsBehind)}`],
      ['parked 暂停', count(parked)],
      ['rebuilding 重建', rebuilding ? `${count(rebuilding.applied)} of ${count(rebuilding.total)} events` : 'no'],
    ],
  );
}

async function rebuildAll(session: Session): Promise<void> {
  const progress = showProgress('Rebuilding 重建', 'events');
  const done = await rebuild({
    pool: session.own(createProjectionPool(session.configuration.databaseUrl)),
    store: await session.store(),
    programme: session.programme(),
    signal: session.signal,
    onProgress: ({ applied, total, position }) =>
      progress.update({ done: applied, total, text: `position ${position ?? '–'}` }),
    onNotice: (text) => console.error(text),
  });
  progress.update({ done: done.applied, total: done.applied, text: `position ${done.position ?? '–'}` });
  progress.end();
  if (session.options.json) return printJson(done);
  console.log(`The new read models are live: ${count(done.applied)} events, ${count(done.eventsPerSecond)}/s.`);
}

async function list(session: Session): Promise<void> {
  const parked = await listParked(session.pool());
  if (session.options.json) printJson(parked);
  else printParked(parked);
}

async function retry(session: Session, stream: string | undefined): Promise<void> {
  const pool = session.own(createProjectionPool(session.configuration.databaseUrl));
  const store = await session.store();
  const result = await retryParked({ pool, store, programme: session.programme() }, stream);
  if (session.options.json) printJson(result);
  else {
    console.log(
      `${count(result.released.length)} released 已恢复, ${count(result.parked.length)} parked still 仍暂停.`,
    );
    if (result.parked.length > 0) printParked(result.parked);
  }
  if (result.parked.length > 0) process.exitCode = 1;
}

function printParked(parked: readonly ParkedStream[]): void {
  if (parked.length === 0) console.log('Nothing is parked 无暂停项目.');
  else {
    printTable(
      ['Stream', 'From revision', 'Waiting', 'Since', 'Why'],
      parked.map(({ stream, revision, waiting, parkedAt, error }) => [stream, revision, waiting, parkedAt, error]),
    );
  }
}
