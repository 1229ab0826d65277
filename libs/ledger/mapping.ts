import { readFile } from 'node:fs/promises';
import { Milestone } from '../project/events';
import { Text } from '../project/refusal';
import { LedgerField } from './ledger-row';
import { checkMapping, MappingProblem } from './mapping-schema';

/**
 * How the columns of a register feed the fields of a ledger (`deploy/mappings/*.json`): a register of another country or
 * office is imported by writing such a file, not code.
 */
export interface RegisterMapping {
  /** Stands in the metadata of every event, and tells which projects came from this register. */
  id: string;
  name: Text;
  /** Id of the programme it is made for. */
  programme: string;
  source?: string;
  format: {
    /** Used where the file is not UTF-8. */
    encoding?: 'windows-1252' | 'gb18030';
    delimiter?: ',' | ';' | '\t';
    dates: 'dd/mm/yyyy' | 'mm/dd/yyyy' | 'yyyy-mm-dd';
    /** What else means that a cell is blank, such as `NA`. */
    blanks?: string[];
  };
  /** Only for a register that always tells everything it knows. */
  snapshot?: {
    /** Milestones that did not happen after all where their date is blank now. */
    blankRevokes: Milestone[];
  };
  /** Alternatives are tried in order; the first that gives a value counts. */
  fields: Partial<Record<LedgerField, FieldRule | FieldRule[]>>;
  /** By what a status column says, a field that should then be known; a note says where it is not. */
  expects?: { column: string; is: Record<string, LedgerField> };
}

/** Exactly one of `first`, `earliest`, `latest`, `impliedBy` and `constant`. */
export interface FieldRule {
  /** Holds only where the column has one of these values. */
  when?: { column: string; is: string[] };
  /** Holds only where this other field of the row is known. */
  ifKnown?: LedgerField;
  /** The first of these columns that is not blank. */
  first?: string[];
  /** The earliest date of these columns; a column that is blank is passed over. */
  earliest?: string[];
  latest?: string[];
  /** The first of these fields of the same row that is known: the note `implied` says so. */
  impliedBy?: LedgerField[];
  constant?: string;
  /** What the column's values mean; a value that is not in the list stands for itself. */
  values?: Record<string, string>;
  prefix?: string;
}

/** A mapping that cannot be used; every problem with its path. */
export class MappingError extends Error {
  override readonly name = 'MappingError';
  constructor(
    readonly path: string,
    readonly problems: readonly MappingProblem[],
  ) {
    super(`${path}: ${problems.map(({ path: place, text }) => `${place || 'the file'} ${text}`).join('; ')}`);
  }
}

/** @throws MappingError naming every wrong place of the file */
export async function loadMapping(path: string): Promise<RegisterMapping> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new MappingError(path, [{ path: '', text: `cannot be read: ${(error as Error).message}` }]);
  }
  return parseMapping(value, path);
}

/** @throws MappingError */
export function parseMapping(value: unknown, path: string): RegisterMapping {
  const problems = checkMapping(value);
  if (problems.length > 0) throw new MappingError(path, problems);
  return value as RegisterMapping;
}
