import { Ajv } from 'ajv';
import { MILESTONES } from '../project/events';
import { LEDGER_COLUMNS } from './columns';

export interface MappingProblem {
  /** Such as `fields.status.when`; empty for the whole file. */
  path: string;
  text: string;
}

/** Fields a mapping may feed; the three that belong to a row with one signing are read from ledgers only. */
const FIELDS = LEDGER_COLUMNS.map(({ field }) => field).filter(
  (field) => !['agreement', 'signedAmount', 'signedOn'].includes(field),
);

const text = { type: 'string', minLength: 1 };
const columns = { type: 'array', items: text, minItems: 1, uniqueItems: true };
const field = { enum: FIELDS };
const SOURCES = ['first', 'earliest', 'latest', 'impliedBy', 'constant'];

const rule = {
  ...closed({
    when: closed({ column: text, is: { type: 'array', items: { type: 'string' }, minItems: 1 } }, ['column', 'is']),
    ifKnown: field,
    first: columns,
    earliest: columns,
    latest: columns,
    impliedBy: { type: 'array', items: field, minItems: 1 },
    constant: text,
    values: { type: 'object', additionalProperties: text },
    prefix: text,
  }),
  oneOf: SOURCES.map((source) => ({ required: [source] })),
};

const schema = closed(
  {
    id: { type: 'string', pattern: '^[a-z0-9][a-z0-9-]{0,59}$' },
    name: closed({ zh: text, en: text }, ['zh', 'en']),
    programme: text,
    source: text,
    format: closed(
      {
        encoding: { enum: ['windows-1252', 'gb18030'] },
        delimiter: { enum: [',', ';', '\t'] },
        dates: { enum: ['dd/mm/yyyy', 'mm/dd/yyyy', 'yyyy-mm-dd'] },
        blanks: { type: 'array', items: text },
      },
      ['dates'],
    ),
    snapshot: closed({ blankRevokes: { type: 'array', items: { enum: MILESTONES } } }, ['blankRevokes']),
    fields: {
      type: 'object',
      propertyNames: field,
      additionalProperties: { if: { type: 'array' }, then: { type: 'array', items: rule, minItems: 1 }, else: rule },
      required: ['code'],
    },
    expects: closed({ column: text, is: { type: 'object', additionalProperties: field } }, ['column', 'is']),
  },
  ['id', 'name', 'programme', 'format', 'fields'],
);

function closed(properties: Record<string, object>, required: string[] = []): Record<string, unknown> {
  return { type: 'object', additionalProperties: false, properties, required };
}

const validate = new Ajv({ allErrors: true, allowUnionTypes: true, strictRequired: false }).compile(schema);

/** Everything that is wrong with the form of a mapping; nothing for one that can be used. */
export function checkMapping(value: unknown): MappingProblem[] {
  if (validate(value)) return checkImplications((value as { fields: Record<string, unknown> }).fields);
  return (validate.errors ?? [])
    .filter(({ keyword }) => keyword !== 'if')
    .map(({ instancePath, keyword, message, params }) => {
      const path = instancePath.replaceAll('/', '.').replace(/^\./, '');
      if (keyword === 'additionalProperties')
        return { path, text: `has the unknown key ${String(params['additionalProperty'])}` };
      if (keyword === 'oneOf') return { path, text: `must have exactly one of ${SOURCES.join(', ')}` };
      return { path, text: message ?? 'is wrong' };
    });
}

/** A field must not depend on itself, by whatever way. */
function checkImplications(fields: Record<string, unknown>): MappingProblem[] {
  const rulesOf = (name: string) => [fields[name] ?? []].flat() as { impliedBy?: string[]; ifKnown?: string }[];
  const implied = (name: string) =>
    rulesOf(name).flatMap((rule) => [...(rule.impliedBy ?? []), ...[rule.ifKnown ?? []].flat()]);
  const reaches = (from: string, to: string, passed: ReadonlySet<string>): boolean =>
    implied(from).some((next) => next === to || (!passed.has(next) && reaches(next, to, new Set([...passed, next]))));
  return Object.keys(fields)
    .filter((name) => reaches(name, name, new Set()))
    .map((name) => ({ path: `fields.${name}`, text: 'depends on itself' }));
}
