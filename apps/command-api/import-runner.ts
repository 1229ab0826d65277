import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Inject, Injectable, Logger, OnModuleDestroy } from '@nestjs/common';
import { EVENT_STORE } from '../../libs/event-store/event-store.module';
import type { EventStore } from '../../libs/event-store/event-store';
import { ImportJobRows } from '../../libs/ledger/import-job-rows';
import { ImportJob, ImportJobs, ImportStatus } from '../../libs/ledger/import-jobs';
import { importLedger } from '../../libs/ledger/import-ledger';
import { ImportProgress, ImportReport } from '../../libs/ledger/import-report';
import { LedgerFileError } from '../../libs/ledger/ledger-file-error';
import { PROGRAMME } from '../../libs/programme/programme.module';
import type { Programme } from '../../libs/programme/programme';
import { Text } from '../../libs/project/refusal';
import { findMapping } from './import-mappings';

const HEARTBEAT_MS = 500;

/** Somebody else has the job now, or it was deleted: nothing more may be said of it. */
class JobLost extends Error {}
class ShuttingDown extends Error {}

interface End {
  status: ImportStatus;
  report?: ImportReport;
  problem?: { code: string; text: Text };
}

/** Works on the imports this process has taken, one after the other: an import keeps a core and the store busy. */
@Injectable()
export class ImportRunner implements OnModuleDestroy {
  /** Of this process, in the jobs it works on. */
  readonly id = randomUUID();
  private readonly closing = new AbortController();
  private readonly stopping = new Map<string, AbortController>();
  private readonly logger = new Logger(ImportRunner.name);
  private last: Promise<void> = Promise.resolve();

  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(PROGRAMME) private readonly programme: Programme,
    @Inject(ImportJobs) private readonly jobs: ImportJobs,
    @Inject(ImportJobRows) private readonly rows: ImportJobRows,
  ) {}

  /** Aborted when the process ends: open streams must end with it. */
  get closed(): AbortSignal {
    return this.closing.signal;
  }

  /** Works on a job that is queued for this runner as soon as those before it are done. */
  start(id: string): void {
    const stopping = new AbortController();
    this.stopping.set(id, stopping);
    const progress: { latest?: ImportProgress } = {};
    const heartbeat = setInterval(() => void this.beat(id, progress, stopping), HEARTBEAT_MS);
    this.last = this.last.then(async () => {
      try {
        await this.work(id, progress, stopping.signal);
      } catch (error) {
        // The database is away: the job falls silent, and shows as interrupted.
        this.logger.error(error, `import ${id}`);
      } finally {
        clearInterval(heartbeat);
        // Its application may have been asked for since, and waits for its turn under the same id.
        if (this.stopping.get(id) === stopping) this.stopping.delete(id);
      }
    });
  }

  /** Stops working on a job that was deleted. */
  drop(id: string): void {
    this.stopping.get(id)?.abort(new JobLost());
  }

  async onModuleDestroy(): Promise<void> {
    this.closing.abort();
    for (const stopping of this.stopping.values()) stopping.abort(new ShuttingDown());
    await this.last;
  }

  private async beat(id: string, { latest }: { latest?: ImportProgress }, stopping: AbortController): Promise<void> {
    try {
      if (!(await this.jobs.report(id, this.id, latest))) stopping.abort(new JobLost());
    } catch {
      // A heartbeat that is lost is made good by the next; without any the job shows as interrupted.
    }
  }

  private async work(id: string, progress: { latest?: ImportProgress }, signal: AbortSignal): Promise<void> {
    const job = await this.jobs.find(id);
    if (!job) return;
    const folder = await mkdtemp(join(tmpdir(), 'luodi-import-'));
    try {
      const file = join(folder, 'ledger');
      await this.jobs.writeFile(id, file);
      const report = await this.run(job, file, (latest) => (progress.latest = latest), signal);
      await this.jobs.finish(id, this.id, { status: 'done', report, progress: progress.latest });
    } catch (error) {
      if (signal.reason instanceof JobLost) return;
      await this.jobs.finish(id, this.id, { ...this.endOf(error, id), progress: progress.latest });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  private async run(
    { id, name, mapping, backfill, phase, caller }: ImportJob,
    file: string,
    onProgress: (progress: ImportProgress) => void,
    signal: AbortSignal,
  ): Promise<ImportReport> {
    signal.throwIfAborted();
    await this.rows.clear(id, phase);
    return importLedger({
      ...caller,
      file,
      name,
      store: this.store,
      programme: this.programme,
      mapping: mapping ? await findMapping(mapping) : undefined,
      backfill: backfill ?? undefined,
      dryRun: phase === 'check',
      correlationId: id,
      onProgress,
      onResults: (results) => this.rows.add(id, phase, results),
      signal,
    });
  }

  private endOf(error: unknown, id: string): End {
    if (error instanceof ShuttingDown) return { status: 'interrupted' };
    if (error instanceof LedgerFileError) return { status: 'failed', problem: { code: error.code, text: error.text } };
    this.logger.error(error, `import ${id}`);
    const text = {
      zh: '系统内部错误，已记入日志',
      en: 'something went wrong here; the log has the details under this id',
    };
    return { status: 'failed', problem: { code: 'unexpected', text } };
  }
}
