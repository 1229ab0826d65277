import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Actor } from '../audit/hash-chain';
import { migrate } from '../postgres/migrate';
import { Pool, PoolClient } from '../postgres/pool';
import { Text } from '../project/refusal';
import { ImportProgress, ImportReport } from './import-report';

export type ImportPhase = 'check' | 'application';
export type ImportStatus = 'queued' | 'running' | 'done' | 'failed' | 'cancelled' | 'interrupted';

/** Who asked, and where a clerk may write. */
export interface ImportCaller {
  actor: Actor;
  prefectures?: readonly string[];
}

export interface NewImport {
  id: string;
  name: string;
  bytes: number;
  mapping?: string;
  backfill?: { recordedAt: string; source: string };
  phase: ImportPhase;
  caller: ImportCaller;
}

export interface ImportJob extends NewImport {
  createdAt: Date;
  createdBy: Actor;
  status: ImportStatus;
  progress?: ImportProgress;
  /** Of the phase, once it is done. */
  report?: ImportReport;
  /** Why the phase failed. */
  problem?: { code: string; text: Text };
  finishedAt?: Date;
}

/** A process that has not been heard of for so long is taken for dead; what it worked on is interrupted. */
const SILENCE = `interval '15 seconds'`;
const IS_ALIVE = `status IN ('queued', 'running') AND heartbeat > now() - ${SILENCE}`;
const COLUMNS = `id, name, bytes::float8 AS bytes, mapping, backfill, phase, caller, progress, report, problem,
  created_at AS "createdAt", created_by AS "createdBy", finished_at AS "finishedAt",
  CASE WHEN status IN ('queued', 'running') AND NOT (${IS_ALIVE}) THEN 'interrupted' ELSE status END AS status`;
const PART_BYTES = 1024 * 1024;

/** Imports asked for over HTTP, with their files, in schema `ledger_imports`: every instance can answer for all of them. */
export class ImportJobs {
  constructor(private readonly pool: Pool) {}

  static migrate(url: string): Promise<void> {
    return migrate(url, 'ledger_imports', join(__dirname, 'migrations'));
  }

  /** Keeps the file and the job, queued for `runner`. */
  async create(job: NewImport, path: string, runner: string): Promise<void> {
    const { id, name, bytes, mapping, backfill, phase, caller } = job;
    await this.inTransaction(async (client) => {
      await client.query(
        `INSERT INTO ledger_imports.imports (id, name, bytes, mapping, backfill, created_by, phase, status, caller, runner)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 'queued', $8, $9)`,
        [id, name, bytes, mapping, backfill, caller.actor, phase, caller, runner],
      );
      let part = 0;
      for await (const chunk of createReadStream(path, { highWaterMark: PART_BYTES })) {
        await client.query('INSERT INTO ledger_imports.file_parts (import, part, bytes) VALUES ($1, $2, $3)', [
          id,
          part++,
          chunk,
        ]);
      }
    });
  }

  async find(id: string): Promise<ImportJob | undefined> {
    const { rows } = await this.pool.query<ImportJob>(`SELECT ${COLUMNS} FROM ledger_imports.imports WHERE id = $1`, [
      id,
    ]);
    return rows[0];
  }

  /** Newest first; `subject` limits them to what one person handed in. */
  async list(limit: number, subject?: string): Promise<ImportJob[]> {
    const { rows } = await this.pool.query<ImportJob>(
      `SELECT ${COLUMNS} FROM ledger_imports.imports
       WHERE $2::text IS NULL OR created_by ->> 'subject' = $2 ORDER BY created_at DESC, id DESC LIMIT $1`,
      [limit, subject],
    );
    return rows;
  }

  /**
   * Takes a job for application by `runner`: one whose check is done, or whose application failed or was interrupted. False
   * when it is being worked on, was not checked to its end, is applied, or gone.
   */
  async claimApplication(id: string, caller: ImportCaller, runner: string): Promise<boolean> {
    const { rowCount } = await this.pool.query(
      `UPDATE ledger_imports.imports
       SET phase = 'application', status = 'queued', caller = $2, runner = $3, heartbeat = now(),
         progress = NULL, report = NULL, problem = NULL, finished_at = NULL
       WHERE id = $1 AND CASE phase WHEN 'check' THEN status = 'done' ELSE status <> 'done' AND NOT (${IS_ALIVE}) END`,
      [id, caller, runner],
    );
    return rowCount === 1;
  }

  /** Says that the runner lives, and how far it is. False when the job is not its any more: it must stop. */
  async report(id: string, runner: string, progress?: ImportProgress): Promise<boolean> {
    const { rowCount } = await this.pool.query(
      `UPDATE ledger_imports.imports
       SET heartbeat = now(), progress = coalesce($3, progress), status = CASE WHEN $3::jsonb IS NULL THEN status ELSE 'running' END
       WHERE id = $1 AND runner = $2 AND status IN ('queued', 'running')`,
      [id, runner, progress],
    );
    return rowCount === 1;
  }

  /** The last that is said of a phase: with its progress, for a heartbeat that comes late must not be the last word of it. */
  async finish(
    id: string,
    runner: string,
    end: {
      status: ImportStatus;
      progress?: ImportProgress;
      report?: ImportReport;
      problem?: { code: string; text: Text };
    },
  ): Promise<void> {
    await this.pool.query(
      `UPDATE ledger_imports.imports SET status = $3, report = $4, problem = $5, progress = coalesce($6, progress),
         heartbeat = now(), finished_at = now()
       WHERE id = $1 AND runner = $2`,
      [id, runner, end.status, end.report, end.problem, end.progress],
    );
  }

  /** The file as it came, written to `path`. */
  async writeFile(id: string, path: string): Promise<void> {
    await pipeline(Readable.from(this.parts(id)), createWriteStream(path));
  }

  /** Forgets the job, its file and its rows; whoever works on it stops. False when there is none. */
  async delete(id: string): Promise<boolean> {
    const { rowCount } = await this.pool.query('DELETE FROM ledger_imports.imports WHERE id = $1', [id]);
    return rowCount === 1;
  }

  private async *parts(id: string): AsyncGenerator<Buffer> {
    for (let part = 0; ; part += 1) {
      const { rows } = await this.pool.query<{ bytes: Buffer }>(
        'SELECT bytes FROM ledger_imports.file_parts WHERE import = $1 AND part = $2',
        [id, part],
      );
      if (!rows[0]) return;
      yield rows[0].bytes;
    }
  }

  private async inTransaction(work: (client: PoolClient) => Promise<void>): Promise<void> {
    const client = await this.pool.connect();
    try {
      await client.query('BEGIN');
      await work(client);
      await client.query('COMMIT');
      client.release();
    } catch (error) {
      // A connection in an unknown state is not used again; closing it rolls back.
      client.release(true);
      throw error;
    }
  }
}
