import { setTimeout as pause } from 'node:timers/promises';
import { ImportJob } from '../../libs/ledger/import-jobs';
import { ImportAnswer } from './import-answers';

const LOOK_MS = 300;
const SIGN_OF_LIFE_MS = 15_000;

/**
 * The job as server-sent events, one for every change, until its phase ends. Looks at the database: any instance can
 * tell, whichever works on it.
 */
export async function* importProgress(
  find: () => Promise<ImportJob | undefined>,
  describe: (job: ImportJob) => ImportAnswer,
  closed: AbortSignal,
): AsyncGenerator<string> {
  let said = '';
  let saidAt = 0;
  while (!closed.aborted) {
    const job = await find();
    if (!job) return;
    const { report: _report, ...answer } = describe(job);
    const text = JSON.stringify(answer);
    if (text !== said) {
      yield `event: ${isOver(job) ? 'end' : 'progress'}\ndata: ${text}\n\n`;
      [said, saidAt] = [text, Date.now()];
    } else if (Date.now() - saidAt > SIGN_OF_LIFE_MS) {
      yield ': waiting\n\n';
      saidAt = Date.now();
    }
    if (isOver(job)) return;
    await pause(LOOK_MS, undefined, { signal: closed }).catch(() => undefined);
  }
}

function isOver({ status }: ImportJob): boolean {
  return status !== 'queued' && status !== 'running';
}
