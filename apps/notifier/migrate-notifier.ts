import { join } from 'node:path';
import { migrate } from '../../libs/postgres/migrate';

/** Creates or updates the schema `notifier`. */
export async function migrateNotifier(url: string): Promise<void> {
  await migrate(url, 'notifier', join(__dirname, 'migrations'));
}
