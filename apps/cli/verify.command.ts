import { Command } from 'commander';
import { CHAIN_START, ChainEnd, ChainFault, faultsOf } from '../../libs/audit/verify-stream';
import { EventStore, RecordedEvent } from '../../libs/event-store/event-store';
import { count, printJson, printTable } from './output';
import { showProgress } from './progress';
import { GlobalOptions, Session, UsageError, withSession } from './session';

/** The first event of a stream whose chain does not hold. */
export interface BrokenStream {
  stream: string;
  revision: number;
  type: string;
  faults: ChainFault[];
}

export interface Verdict {
  events: number;
  streams: number;
  broken: BrokenStream[];
}

/** `luodi verify [--stream <id>]`: exit code 1 when a chain is broken. */
export function verifyCommand(): Command {
  return new Command('verify')
    .description('recompute the hash chain of every stream 校验每条事件流的哈希链')
    .option('--stream <stream>', 'only this one, such as project-0190… or conference-karamay-2024')
    .action((options: { stream?: string }, self: Command) =>
      withSession(self.optsWithGlobals<GlobalOptions>(), (session) => verify(session, options.stream)),
    );
}

async function verify(session: Session, stream: string | undefined): Promise<void> {
  const store = await session.store();
  const verdict = await (stream === undefined ? verifyStore(store, session.signal) : verifyOne(store, stream));
  if (session.options.json) printJson(verdict);
  else print(verdict);
  if (verdict.broken.length > 0) process.exitCode = 1;
}

async function verifyOne(store: EventStore, stream: string): Promise<Verdict> {
  const verifier = new Verifier();
  for await (const event of store.readStream(stream)) verifier.add(event);
  if (verifier.verdict.events === 0) throw new UsageError(`there is no stream ${stream}`);
  return verifier.verdict;
}

/** Reads the whole store once; memory holds one hash a stream. */
export async function verifyStore(store: EventStore, signal?: AbortSignal): Promise<Verdict> {
  const { events: total } = await store.backlog(undefined);
  const progress = showProgress('Verifying 校验', 'events');
  const verifier = new Verifier();
  for await (const batch of store.readAll({ signal })) {
    for (const event of batch) verifier.add(event);
    progress.update({ done: verifier.verdict.events, total });
  }
  progress.end();
  return verifier.verdict;
}

class Verifier {
  readonly verdict: Verdict = { events: 0, streams: 0, broken: [] };
  private readonly ends = new Map<string, ChainEnd | 'broken'>();

  add(event: RecordedEvent): void {
    this.verdict.events += 1;
    const end = this.ends.get(event.stream) ?? CHAIN_START;
    if (end === CHAIN_START) this.verdict.streams += 1;
    if (end === 'broken') return;
    const faults = faultsOf(event, end);
    if (faults.length > 0) {
      const { stream, revision, type } = event;
      this.verdict.broken.push({ stream, revision, type, faults });
    }
    this.ends.set(event.stream, faults.length > 0 ? 'broken' : { revision: event.revision, hash: event.metadata.hash });
  }
}

function print({ events, streams, broken }: Verdict): void {
  console.log(`${count(events)} events in ${count(streams)} streams: ${count(broken.length)} broken.`);
  if (broken.length === 0) return;
  printTable(
    ['Stream', 'First broken revision', 'Event', 'What is wrong'],
    broken.slice(0, 50).map(({ stream, revision, type, faults }) => [stream, revision, type, faults.join(', ')]),
  );
  if (broken.length > 50) console.log(`… and ${count(broken.length - 50)} more (--json lists all).`);
}
