import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { MultipartFile, MultipartValue } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import { checkText, LONG_TEXT_LIMIT } from '../../libs/project/field-checks';
import { Reason } from '../../libs/project/refusal';
import { Problem } from '../../libs/runtime/http/problem';

/** A ledger as it is handed in: on disk until {@link Upload.discard}, with the fields that came beside it. */
export interface Upload {
  path: string;
  /** As the sender calls it, without folders. */
  name: string;
  bytes: number;
  fields: Readonly<Record<string, string>>;
  discard(): Promise<void>;
}

/** Largest ledger that is taken over HTTP; the command line takes larger ones. */
export const FILE_LIMIT = 32 * 1024 * 1024;
/** In characters; the end of a longer name is kept, for there stands what it is. */
const NAME_LIMIT = 200;

/**
 * Streams a multipart body to disk. What comes behind the limit is read and thrown away, so that the sender gets the
 * answer instead of a broken connection.
 * @throws Problem 400, 413 or 415
 */
export async function receiveUpload(request: FastifyRequest): Promise<Upload> {
  if (!request.isMultipart()) throw new Problem(NOT_MULTIPART);
  const folder = await mkdtemp(join(tmpdir(), 'luodi-import-'));
  const discard = () => rm(folder, { recursive: true, force: true });
  const path = join(folder, 'ledger');
  try {
    const { name, fields } = await receiveParts(request, path);
    if (name === undefined) throw new Problem(NO_FILE);
    return { path, name, fields, bytes: (await stat(path)).size, discard };
  } catch (error) {
    await discard();
    throw problemOfUpload(error);
  }
}

async function receiveParts(
  request: FastifyRequest,
  path: string,
): Promise<{ name?: string; fields: Record<string, string> }> {
  const fields: Record<string, string> = {};
  let name: string | undefined;
  const limits = { fileSize: FILE_LIMIT, files: 1, fields: 10, fieldSize: 1_000, fieldNameSize: 100, headerPairs: 20 };
  for await (const part of request.parts({ limits })) {
    if (part.type === 'file') name = await receiveFile(part, path);
    else fields[part.fieldname] = textOf(part);
  }
  return { name, fields };
}

async function receiveFile({ file, filename }: MultipartFile, path: string): Promise<string> {
  await pipeline(file, createWriteStream(path));
  if (file.truncated) throw new Problem(TOO_LARGE);
  const name = [...basename(filename.replaceAll('\\', '/'))].slice(-NAME_LIMIT).join('') || 'ledger';
  return wellFormed('file', name);
}

function textOf({ value, valueTruncated, fieldname }: MultipartValue): string {
  if (typeof value === 'string' && !valueTruncated) return value === '' ? value : wellFormed(fieldname, value);
  const text = { zh: '应为不超过 1000 字节的文本', en: 'must be a text of at most 1,000 bytes' };
  throw malformed({ field: fieldname, code: 'text', text });
}

/** The text as it is, where it can be kept. @throws Problem 400 for control characters */
function wellFormed(field: string, text: string): string {
  const [reason] = checkText(field, text, LONG_TEXT_LIMIT);
  if (reason) throw malformed(reason);
  return text;
}

function malformed({ field, code, text }: Reason): Problem {
  return new Problem({ status: 400, code: 'field-malformed', text, errors: [{ field: field ?? '', code, text }] });
}

/** What the multipart parser throws says its status itself. */
function problemOfUpload(error: unknown): unknown {
  if (error instanceof Problem || !(error instanceof Error)) return error;
  const status = 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : undefined;
  if (status === 413) return new Problem(TOO_MANY_PARTS);
  if ((status !== undefined && status < 500) || /multipart|terminated early|boundary|premature/i.test(error.message)) {
    const text = {
      zh: `multipart 内容无法读取：${error.message}`,
      en: `the multipart body is broken: ${error.message}`,
    };
    return new Problem({ status: 400, code: 'malformed-multipart', text });
  }
  return error;
}

const NOT_MULTIPART = {
  status: 415,
  code: 'media-type',
  text: { zh: '请以 multipart/form-data 上传台账', en: 'send the ledger as multipart/form-data' },
};
const NO_FILE = {
  status: 400,
  code: 'file-missing',
  text: { zh: '缺少文件：请在字段 file 中上传台账', en: 'there is no file: send the ledger in the field file' },
  errors: [{ field: 'file', code: 'required', text: { zh: '必填', en: 'is required' } }],
};
const TOO_LARGE = {
  status: 413,
  code: 'file-too-large',
  text: {
    zh: `文件过大，上限 ${FILE_LIMIT / 1024 / 1024} MiB;更大的台账请用命令行导入`,
    en: `the file is larger than ${FILE_LIMIT / 1024 / 1024} MiB; import it with the command line`,
  },
};
const TOO_MANY_PARTS = {
  status: 413,
  code: 'too-many-parts',
  text: { zh: '只能上传一个文件', en: 'one file at a time, and few fields beside it' },
};
