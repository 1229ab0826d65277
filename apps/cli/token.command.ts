import { Command, Option } from 'commander';
import {
  createToken,
  listTokens,
  migrateIdentity,
  ROLES,
  revokeToken,
  TokenRecord,
} from '../../libs/runtime/identity/tokens';
import { Pool } from '../../libs/postgres/pool';
import { civilDateAt } from '../../libs/project/civil-date';
import { Cell, printJson, printTable } from './output';
import { GlobalOptions, Session, UsageError, withSession } from './session';

interface CreateOptions {
  subject: string;
  name: string;
  unit: string;
  role: (typeof ROLES)[number];
  prefecture: string[];
}

/** `luodi token create | list | revoke`. */
export function tokenCommand(): Command {
  const command = new Command('token').description('tokens that let people and programmes in 访问令牌');
  command
    .command('create')
    .description('make a token; it is shown once 创建令牌（只显示一次）')
    .requiredOption('--subject <id>', 'who it is, as other systems know him or her')
    .requiredOption('--name <name>', 'name that events show')
    .requiredOption('--unit <unit>', 'unit that events show')
    .addOption(new Option('--role <role>', 'what it may do').choices(ROLES).makeOptionMandatory())
    .option('--prefecture <code...>', 'regions a clerk may write for', [])
    .action((options: CreateOptions, self: Command) => run(self, (session) => create(session, options)));
  command
    .command('list')
    .description('all tokens, without their secrets 列出令牌')
    .action((_options: object, self: Command) => run(self, list));
  command
    .command('revoke')
    .description('let a token in no more 吊销令牌')
    .argument('<id>', 'as the list shows it')
    .action((id: string, _options: object, self: Command) => run(self, (session) => revoke(session, id)));
  return command;
}

function run(self: Command, work: (session: Session) => Promise<void>): Promise<void> {
  return withSession(self.optsWithGlobals<GlobalOptions>(), work);
}

async function tokens(session: Session): Promise<Pool> {
  await migrateIdentity(session.configuration.databaseUrl);
  return session.pool();
}

async function create(session: Session, options: CreateOptions): Promise<void> {
  checkPrefectures(session, options.prefecture);
  const { prefecture: prefectures, subject, name, unit, role } = options;
  const { id, token } = await createToken(await tokens(session), { subject, name, unit, role, prefectures });
  if (session.options.json) return printJson({ id, token });
  console.error(`Token ${id} for ${name} (${role}). It is shown only now 仅显示一次:`);
  console.log(token);
}

function checkPrefectures(session: Session, codes: readonly string[]): void {
  const programme = session.programme();
  const today = civilDateAt(new Date(), programme.timeZone);
  const unknown = codes.filter((code) => !programme.isRegion(code, today));
  if (unknown.length > 0) throw new UsageError(`the programme ${programme.id} has no region ${unknown.join(', ')}`);
}

async function list(session: Session): Promise<void> {
  const all = await listTokens(await tokens(session));
  if (session.options.json) return printJson(all);
  printTable(['Id', 'Subject', 'Name', 'Unit', 'Role', 'Prefectures', 'Created', 'Revoked'], all.map(toRow));
}

function toRow(token: TokenRecord): Cell[] {
  const { id, subject, name, unit, role, prefectures, createdAt, revokedAt } = token;
  return [id, subject, name, unit, role, prefectures.join(' '), createdAt, revokedAt];
}

async function revoke(session: Session, id: string): Promise<void> {
  const revoked = await revokeToken(await tokens(session), id);
  if (!revoked) throw new UsageError(`there is no token ${id} that could be revoked (luodi token list)`);
  if (session.options.json) return printJson({ id, revoked });
  console.log(`Token ${id} is revoked; running servers notice within five seconds, live feeds a second later.`);
}
