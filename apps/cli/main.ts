#!/usr/bin/env node
import './compile-cache';
import { Command, CommanderError } from 'commander';
import { dlqCommand } from './dlq.command';
import { explain } from '../../libs/runtime/explain';
import { exportCommand } from './export.command';
import { importCommand } from './import.command';
import { migrateStoreCommand } from './migrate-store.command';
import { requireNode } from './node-version';
import { parkedCommand, rebuildCommand, statusCommand } from './status.command';
import { tokenCommand } from './token.command';
import { verifyCommand } from './verify.command';

/** Exit codes: 0 done; 1 done, and the answer is bad (a broken chain, refused rows); 2 could not be done. */
const FAILED = 2;

function program(): Command {
  return new Command('luodi')
    .description('Follows investment projects from proposal to operation 落地：投资项目全周期跟踪')
    .option('--folder <folder>', 'data folder of a standalone instance (default: DATA_FOLDER or .luodi/data)')
    .option('--demo', 'the data folder of npm run demo')
    .option('--actor <name>', 'name that recorded events show (default: your user name)')
    .option('--json', 'answer in JSON')
    .addHelpText('after', '\nWorks on DATABASE_URL where it is set, else on the data folder.')
    .showHelpAfterError('(luodi --help shows what there is)')
    .addCommand(importCommand())
    .addCommand(exportCommand())
    .addCommand(statusCommand())
    .addCommand(verifyCommand())
    .addCommand(rebuildCommand())
    .addCommand(migrateStoreCommand())
    .addCommand(parkedCommand())
    .addCommand(dlqCommand())
    .addCommand(tokenCommand());
}

async function main(): Promise<void> {
  const luodi = program();
  exitBySignalOf(luodi);
  try {
    requireNode();
    await luodi.parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : FAILED;
    else {
      console.error(explain(error));
      process.exitCode = FAILED;
    }
  }
}

/** Errors of the command line are thrown, not turned into exit code 1, which means something else here. */
function exitBySignalOf(command: Command): void {
  command.exitOverride();
  for (const subcommand of command.commands) exitBySignalOf(subcommand);
}

void main();
