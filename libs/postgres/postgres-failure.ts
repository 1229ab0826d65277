import { EmbeddedPostgresError } from './postgres-program';

const CAUSES: readonly {
  code: EmbeddedPostgresError['code'];
  pattern: RegExp;
  says: (folder: string) => string;
}[] = [
  {
    code: 'disk-full',
    pattern: /ENOSPC|EDQUOT|No space left on device|Disk quota exceeded/,
    says: (folder) =>
      `the disk that holds ${folder} is full: free some space, or choose another folder (DATA_FOLDER=…)`,
  },
  {
    code: 'not-writable',
    pattern: /EACCES|EPERM|EROFS|Permission denied|Read-only file system|Operation not permitted|wrong ownership/,
    says: (folder) =>
      `${folder} belongs to another user or cannot be written: run as its owner, or choose another folder (DATA_FOLDER=…)`,
  },
  {
    code: 'not-writable',
    pattern: /ENOTDIR|EEXIST/,
    says: (folder) => `${folder} is not a folder: remove what stands there, or choose another folder (DATA_FOLDER=…)`,
  },
  {
    code: 'unsupported',
    pattern: /ENOENT|Exec format error/,
    says: () =>
      'the PostgreSQL that npm installed does not run on this machine: set DATABASE_URL to a PostgreSQL of your own',
  },
];

/** Turns what a programme wrote, or a failed file operation, into an error that says what to do about `folder`. */
export function explainFailure(failure: unknown, folder: string, doing: string): EmbeddedPostgresError {
  if (failure instanceof EmbeddedPostgresError) return failure;
  const text = failure instanceof Error ? failure.message : String(failure);
  const cause = CAUSES.find(({ pattern }) => pattern.test(text));
  if (cause) return new EmbeddedPostgresError(cause.code, cause.says(folder), { cause: failure });
  const ending = text.trim().split('\n').slice(-15).join('\n');
  return new EmbeddedPostgresError('failed', `${doing} failed:\n${ending || '(it said nothing)'}`, { cause: failure });
}
