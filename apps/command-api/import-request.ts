import { randomUUID } from 'node:crypto';
import { NewImport } from '../../libs/ledger/import-jobs';
import { LedgerFileError } from '../../libs/ledger/ledger-file-error';
import { RegisterMapping } from '../../libs/ledger/mapping';
import { readRegister } from '../../libs/ledger/mapping-rows';
import { readLedger } from '../../libs/ledger/read-ledger';
import { Programme } from '../../libs/programme/programme';
import { badRequest, forbidden, Problem } from '../../libs/runtime/http/problem';
import { Caller } from '../../libs/runtime/identity/identity';
import { isInstant } from '../../libs/runtime/instant';
import { findMapping } from './import-mappings';
import { Upload } from './import-upload';

const FIELDS = ['dryRun', 'mapping', 'recordedAt', 'source'];

/**
 * The import that an upload asks for, after a look at the head of its file.
 * @throws Problem 400 for wrong fields, 403 for what only administrators may do, 413, 415 or 422 for a file that cannot be read
 */
export async function importRequest(upload: Upload, caller: Caller, programme: Programme): Promise<NewImport> {
  const { name, bytes, fields } = upload;
  checkFields(fields);
  const mapping = await mappingOf(fields, programme);
  const backfill = backfillOf(fields);
  if ((mapping || backfill) && caller.actor.role !== 'administrator') throw forbidden('role', ADMINISTRATORS);
  await checkFile(upload, programme, mapping);
  return {
    id: randomUUID(),
    name,
    bytes,
    mapping: mapping?.id,
    backfill,
    phase: fields['dryRun'] === 'false' ? 'application' : 'check',
    caller: importCaller(caller),
  };
}

/** Prefectures limit clerks only. */
export function importCaller({ actor, prefectures }: Caller): NewImport['caller'] {
  return actor.role === 'clerk' ? { actor, prefectures } : { actor };
}

function checkFields(fields: Upload['fields']): void {
  for (const field of Object.keys(fields)) {
    if (FIELDS.includes(field)) continue;
    throw badRequest('unknown-property', { zh: '没有这个字段', en: 'there is no such property' }, field.slice(0, 100));
  }
  if (fields['dryRun'] === undefined || ['true', 'false'].includes(fields['dryRun'])) return;
  throw badRequest('boolean', { zh: '应为 true 或 false', en: 'must be true or false' }, 'dryRun');
}

async function mappingOf(
  { mapping: id }: Upload['fields'],
  programme: Programme,
): Promise<RegisterMapping | undefined> {
  if (id === undefined) return undefined;
  const mapping = await findMapping(id);
  if (!mapping) throw badRequest('mapping-unknown', { zh: '没有这个映射', en: 'there is no such mapping' }, 'mapping');
  if (mapping.programme === programme.id) return mapping;
  const text = {
    zh: `该映射用于计划 ${mapping.programme}，本系统为 ${programme.id}`,
    en: `this mapping is for the programme ${mapping.programme}, not for ${programme.id}`,
  };
  throw badRequest('mapping-of-another-programme', text, 'mapping');
}

function backfillOf({ recordedAt, source }: Upload['fields']): NewImport['backfill'] {
  if (recordedAt === undefined && source === undefined) return undefined;
  if (!recordedAt || !isInstant(recordedAt)) {
    throw badRequest('instant', { zh: '应为 ISO 8601 时刻', en: 'must be an instant in ISO 8601' }, 'recordedAt');
  }
  if (!source?.trim()) throw badRequest('required', { zh: '必填', en: 'is required' }, 'source');
  if (Date.parse(recordedAt) > Date.now()) {
    throw badRequest('date-in-future', { zh: '不能晚于现在', en: 'may not be in the future' }, 'recordedAt');
  }
  return { recordedAt: new Date(recordedAt).toISOString(), source: source.trim() };
}

/** Reads up to the first row: most files that cannot be read show it there. */
async function checkFile({ path, name }: Upload, programme: Programme, mapping?: RegisterMapping): Promise<void> {
  const options = { vocabulary: programme };
  const rows = mapping ? readRegister({ path, name }, mapping, options) : readLedger({ path, name }, options);
  try {
    const iterator = rows[Symbol.asyncIterator]();
    await iterator.next();
    await iterator.return?.();
  } catch (error) {
    if (!(error instanceof LedgerFileError)) throw error;
    throw new Problem({ status: STATUS[error.code] ?? 422, code: error.code, text: error.text });
  }
}

const STATUS: Partial<Record<LedgerFileError['code'], number>> = {
  'file-too-large': 413,
  'too-many-rows': 413,
  'zip-bomb': 413,
  'not-a-ledger-file': 415,
};

const ADMINISTRATORS = {
  zh: '只有管理员可以使用映射或补录',
  en: 'mappings and backfills are for administrators',
};
