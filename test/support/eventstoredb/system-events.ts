import { randomUUID } from 'node:crypto';
import { EventLog, ProposedEvent } from './log';

/** What a fresh server writes about itself: it stands in $all between everybody's events. */
export function writeFirstSystemEvents(log: EventLog): void {
  log.write('$users', [json('$User', 'admin')]);
  log.write('$user-admin', [json('$UserCreated', { loginName: 'admin', groups: ['$admins'] })]);
  log.write('$settings', [json('update', { $userStreamAcl: { $r: '$all', $w: '$all' } })]);
  log.write('$projections-$all', [json('$ProjectionsInitialized', {})]);
  log.write('$$$projections-$by_category', [json('$metadata', { $maxCount: 1 })]);
}

/** What it writes while it runs: statistics, and the links of its projections. */
export function writeSystemEvents(log: EventLog, count: number): void {
  for (let n = 0; n < count; n++) {
    if (n % 2 === 0) log.write('$stats-127.0.0.1:2113', [json('$statsCollected', { 'proc-cpu': n })]);
    else log.write('$ce-project', [{ ...json('$>', {}), isJson: false, data: Buffer.from(`${n}@project-of-nobody`) }]);
  }
}

function json(type: string, data: unknown): ProposedEvent {
  return { id: randomUUID(), type, isJson: true, data: Buffer.from(JSON.stringify(data)), metadata: new Uint8Array() };
}
