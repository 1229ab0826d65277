import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Actor } from '../../libs/audit/hash-chain';
import { conferenceDecider } from '../../libs/conference/decider';
import { ConferenceCommand, SubVenue } from '../../libs/conference/events';
import { CommandHandler } from '../../libs/event-store/command-handler';
import { EventStore } from '../../libs/event-store/event-store';
import { EVENT_STORE } from '../../libs/event-store/event-store.module';
import { importLedger, ImportReport } from '../../libs/ledger/import-ledger';
import { Programme } from '../../libs/programme/programme';
import { PROGRAMME } from '../../libs/programme/programme.module';
import { findConference } from '../../libs/read-models/conferences.read-model';
import { queryFunnel } from '../../libs/read-models/funnel.read-model';
import { READ_MODELS, ReadModels } from '../../libs/read-models/read-models.module';
import { RunningServer } from '../../libs/runtime/http-server';
import { ShownImport } from '../cli/import-progress';
import { printConference } from './conference-table';

const CONFERENCE = 'deploy/samples/karamay-2024.json';
const LEDGERS = ['deploy/samples/karamay-2024.xlsx', 'deploy/samples/karamay-2024-follow-up.xlsx'];
const ACTOR: Actor = { subject: 'demo', name: 'Demo 演示', role: 'administrator', unit: 'luodi demo' };
/** The read models follow within milliseconds; a slow disk may need longer. */
const PATIENCE_MS = 60_000;

interface Sample {
  id: string;
  opening: Extract<ConferenceCommand, { type: 'OpenConference' }>['data'] & { subVenues: SubVenue[] };
}

/** Opens the sample conference, imports both ledgers, prints what they come to. A second time nothing is recorded. */
export async function showDemo(server: RunningServer, signal: AbortSignal): Promise<void> {
  const store = server.app.get<EventStore>(EVENT_STORE);
  const programme = server.app.get<Programme>(PROGRAMME);
  const sample = JSON.parse(await readFile(CONFERENCE, 'utf8')) as Sample;
  await openConference(store, programme, sample);
  for (const file of LEDGERS) await importSample(file, { store, programme, signal });
  await printFigures(server, sample.id, { store, programme });
  printAddresses(server.url, sample.id);
}

async function openConference(store: EventStore, programme: Programme, sample: Sample): Promise<void> {
  const stream = `conference-${sample.id}`;
  const history = await store.readStreams([stream]);
  if (history.get(stream)?.length) return;
  const handler = new CommandHandler(store, conferenceDecider, programme);
  const commands: ConferenceCommand[] = [{ type: 'OpenConference', data: sample.opening }];
  await handler.handle({ stream, commands, actor: ACTOR, commandId: randomUUID() });
}

async function importSample(
  file: string,
  context: { store: EventStore; programme: Programme; signal: AbortSignal },
): Promise<void> {
  const name = file.slice(file.lastIndexOf('/') + 1);
  const shown = new ShownImport(name);
  const report = await importLedger({
    ...context,
    file,
    name,
    actor: ACTOR,
    dryRun: false,
    onProgress: (progress) => shown.update(progress),
  }).finally(() => shown.end());
  console.log(`${name}: ${summary(report)}`);
}

function summary({ rows, created, changed, unchanged, refused }: ImportReport): string {
  return `${rows} rows 行: ${created} created 新增, ${changed} changed 变更, ${unchanged} unchanged 不变, ${refused} refused 拒绝`;
}

async function printFigures(
  server: RunningServer,
  id: string,
  { store, programme }: { store: EventStore; programme: Programme },
): Promise<void> {
  const { pool, visibility } = server.app.get<ReadModels>(READ_MODELS);
  const head = await store.head();
  if (head !== undefined) await visibility.waitFor(head, PATIENCE_MS);
  const { currency } = programme;
  const pairsOn = (day: string) => programme.partnersOn(day).length * programme.regionsOn(day).length;
  const page = await findConference(pool, id, { currency, pairsOn });
  const [funnel] = await queryFunnel(pool, { filter: { conference: id } }, currency);
  if (!page || !funnel) throw new Error(`the conference ${id} is not in the read models`);
  printConference(page, funnel);
}

function printAddresses(url: string, id: string): void {
  const addresses = [
    ['/', 'start page 首页'],
    ['/docs', 'the API 接口文档'],
    [`/api/v1/conferences/${id}`, 'this conference 本次推介会'],
    [`/api/v1/funnel?conference=${id}`, 'its funnel 漏斗'],
    ['/api/v1/exports/projects.xlsx', 'all projects as a ledger 台账'],
  ] as const;
  const width = Math.max(...addresses.map(([path]) => path.length)) + 2;
  console.log('\nOpen 打开:');
  for (const [path, what] of addresses) console.log(`  ${url}${path.padEnd(width)}${what}`);
  console.log('Ctrl-C stops everything 按 Ctrl-C 停止。');
  console.log('The rows are invented, the totals are those published in 2024. 明细为虚构，合计为 2024 年公布的数字。');
}
