import { Actor } from '../audit/hash-chain';
import { EventStore } from '../event-store/event-store';
import { ProgrammeFacts } from '../project/programme-facts';
import { ImportProgress, RowResult } from './import-report';
import { RegisterMapping } from './mapping';
import { LedgerVocabulary } from './vocabulary';

export interface ImportOptions {
  /** Path of the ledger: `.xlsx`, `.csv` or `.csv.gz`, told apart by content. */
  file: string;
  /** How people know the file; stands in evidence and reasons. */
  name: string;
  store: EventStore;
  /** A `Programme`. */
  programme: ProgrammeFacts & LedgerVocabulary;
  actor: Actor;
  /** Codes a clerk may write for; undefined for everybody else. */
  prefectures?: readonly string[];
  /** Columns of a register instead of a ledger's own. */
  mapping?: RegisterMapping;
  /** Records as of a past instant (ISO 8601), and says so. Administrators only: the caller checks that. */
  backfill?: { recordedAt: string; source: string };
  dryRun: boolean;
  /** Stands in the metadata of every event. An interrupted import goes on under the id it had. Default: a new one. */
  correlationId?: string;
  /** Called after every chunk, and now and then while the file is read through before. */
  onProgress?: (progress: ImportProgress) => void;
  /** Results in the order of the file, one chunk at a time; the import waits for it. */
  onResults?: (results: readonly RowResult[]) => Promise<void> | void;
  /** Stops between two chunks; what was recorded stays, and the same import again goes on from there. */
  signal?: AbortSignal;
  clock?: () => Date;
}
