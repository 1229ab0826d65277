import { Command } from 'commander';
import { DeadLetter, listDeadLetters, retryDeadLetters } from '../notifier/dead-letters';
import { migrateNotifier } from '../notifier/migrate-notifier';
import { Pool } from '../../libs/postgres/pool';
import { count, printJson, printTable } from './output';
import { GlobalOptions, Session, UsageError, withSession } from './session';

/** `luodi dlq list | retry [id]`: events that webhooks have not taken. */
export function dlqCommand(): Command {
  const command = new Command('dlq').description('events that the notifier has given up 死信（未能送达的事件）');
  command
    .command('list', { isDefault: true })
    .description('which, to whom, and why')
    .action((_options: object, self: Command) => run(self, list));
  command
    .command('retry')
    .description('try again: all, or one; exit code 1 when some cannot be read even now')
    .argument('[id]', 'as the list shows it')
    .action((id: string | undefined, _options: object, self: Command) => run(self, (session) => retry(session, id)));
  return command;
}

function run(self: Command, work: (session: Session) => Promise<void>): Promise<void> {
  return withSession(self.optsWithGlobals<GlobalOptions>(), work);
}

async function deadLetters(session: Session): Promise<Pool> {
  await migrateNotifier(session.configuration.databaseUrl);
  return session.pool();
}

async function list(session: Session): Promise<void> {
  const letters = await listDeadLetters(await deadLetters(session));
  if (session.options.json) printJson(letters);
  else if (letters.length === 0) console.log('There are no dead letters 无死信.');
  else printTable(['Id', 'Event', 'Type', 'Project', 'Subscription', 'Attempts', 'Since', 'Why'], letters.map(toRow));
}

function toRow({ id, eventId, type, project, subscription, place, attempts, diedAt, reason }: DeadLetter) {
  return [id, eventId ?? place, type, project, subscription, attempts, diedAt, reason];
}

async function retry(session: Session, id: string | undefined): Promise<void> {
  const result = await retryDeadLetters(await deadLetters(session), id);
  const { retried, unreadable } = result;
  if (id !== undefined && retried + unreadable === 0)
    throw new UsageError(`there is no dead letter ${id} (luodi dlq list)`);
  if (session.options.json) printJson(result);
  else
    console.log(`${count(retried)} will be delivered again 将重新投递, ${count(unreadable)} cannot be read 无法读取.`);
  if (unreadable > 0) process.exitCode = 1;
}
