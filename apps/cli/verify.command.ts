import { Command } from 'commander';
import { EventStore } from '../../libs/event-store/event-store';
import { BrokenStream, StoreVerifier, Verdict } from '../../libs/event-store/verify-store';
import { count, printJson, printTable } from './output';
import { showProgress } from './progress';
import { GlobalOptions, Session, UsageError, withSession } from './session';

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
  const verifier = new StoreVerifier();
  for await (const event of store.readStream(stream)) verifier.add(event);
  if (verifier.verdict.events === 0) throw new UsageError(`there is no stream ${stream}`);
  return verifier.verdict;
}

/** Reads the whole store once; memory holds one hash a stream. */
export async function verifyStore(store: EventStore, signal?: AbortSignal): Promise<Verdict> {
  const { events: total } = await store.backlog(undefined);
  const progress = showProgress('Verifying 校验', 'events');
  const verifier = new StoreVerifier();
  for await (const batch of store.readAll({ signal })) {
    for (const event of batch) verifier.add(event);
    progress.update({ done: verifier.verdict.events, total });
  }
  progress.end();
  return verifier.verdict;
}

function print({ events, streams, broken }: Verdict): void {
  console.log(`${count(events)} events in ${count(streams)} streams: ${count(broken.length)} broken.`);
  if (broken.length === 0) return;
  printBroken(broken);
}

export function printBroken(broken: readonly BrokenStream[]): void {
  printTable(
    ['Stream', 'First broken revision', 'Event', 'What is wrong'],
    broken.slice(0, 50).map(({ stream, revision, type, faults }) => [stream, revision, type, faults.join(', ')]),
  );
  if (broken.length > 50) console.log(`… and ${count(broken.length - 50)} more (--json lists all).`);
}
