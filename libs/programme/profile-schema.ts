import { Ajv, ErrorObject } from 'ajv';
import { CURRENCIES, isTimeZone } from './international';
import { isCivilDate } from '../project/civil-date';

const SOMETHING = '\\S';
const SLUG = '^[a-z0-9]([a-z0-9-]{0,58}[a-z0-9])?$';

const text = { type: 'string', maxLength: 500, pattern: SOMETHING };
const texts = { type: 'array', items: text, uniqueItems: true };
const slug = { type: 'string', pattern: SLUG };
const name = closed({ zh: text, en: text }, ['zh', 'en']);
const day = { type: ['string', 'null'], format: 'civil-date' };
const validity = { validFrom: day, validTo: day };
const previousCode = closed({ code: slug, ...validity }, ['code']);
const place = closed(
  { code: slug, name, aliases: texts, previousCodes: { type: 'array', items: previousCode }, ...validity },
  ['code', 'name'],
);

const schema = closed(
  {
    programme: closed(
      {
        id: slug,
        name,
        timeZone: { type: 'string', format: 'time-zone' },
        currency: { type: 'string', format: 'currency' },
        amounts: { enum: ['required', 'optional'] },
      },
      ['id', 'name', 'timeZone', 'currency', 'amounts'],
    ),
    regions: { type: 'array', items: place, minItems: 1 },
    partners: { type: 'array', items: place, minItems: 1 },
    pairings: {
      type: 'array',
      items: closed({ partner: slug, region: slug, ...validity }, ['partner', 'region']),
    },
    clusters: { type: 'array', items: closed({ id: slug, name, aliases: texts, ...validity }, ['id', 'name']) },
    organisers: texts,
    sources: texts,
  },
  ['programme', 'regions', 'partners', 'pairings', 'clusters'],
);

/** An object that has these keys and no others. */
function closed(properties: Record<string, object>, required: string[]): object {
  return { type: 'object', additionalProperties: false, properties, required };
}

const ajv = new Ajv({ allErrors: true, verbose: true, allowUnionTypes: true });
ajv.addFormat('civil-date', isCivilDate);
ajv.addFormat('time-zone', isTimeZone);
ajv.addFormat('currency', (code) => CURRENCIES.has(code));
const validate = ajv.compile(schema);

/** What is wrong at one place of the file. */
export interface ProfileProblem {
  /** Such as `pairings[3].region`; empty for the whole file. */
  path: string;
  text: string;
}

/** Whether the value has the form of a profile. `isShaped` is true where only values are wrong, so that they can be looked at further. */
export function checkForm(value: unknown): { problems: ProfileProblem[]; isShaped: boolean } {
  if (validate(value)) return { problems: [], isShaped: true };
  const errors = validate.errors ?? [];
  return {
    problems: errors.map(problemOf),
    isShaped: errors.every(({ keyword }) => keyword !== 'type' && keyword !== 'required'),
  };
}

const FORMATS: Record<string, string> = {
  'civil-date': 'is no day of the calendar, written YYYY-MM-DD',
  'time-zone': 'is no IANA time zone such as Asia/Shanghai',
  currency: 'is no ISO 4217 currency such as CNY',
};

const PATTERNS: Record<string, string> = {
  [SOMETHING]: 'must not be blank',
  [SLUG]: 'must be at most 60 lower case letters, digits and hyphens',
};

function problemOf({ instancePath, keyword, params, message = 'is wrong', data }: ErrorObject): ProfileProblem {
  const path = instancePath
    .replace(/\/(\d+)(?=\/|$)/g, '[$1]')
    .replaceAll('/', '.')
    .replace(/^\./, '');
  const { additionalProperty, missingProperty, format, pattern, allowedValues } = params as Record<string, unknown>;
  if (typeof additionalProperty === 'string') return { path: below(path, additionalProperty), text: 'unknown key' };
  if (typeof missingProperty === 'string') return { path: below(path, missingProperty), text: 'is missing' };
  let expected = message;
  if (keyword === 'enum') expected = `must be one of ${(allowedValues as string[]).join(', ')}`;
  if (keyword === 'format') expected = FORMATS[String(format)] ?? message;
  if (keyword === 'pattern') expected = PATTERNS[String(pattern)] ?? message;
  return { path, text: typeof data === 'string' ? `${JSON.stringify(data)} ${expected}` : expected };
}

function below(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}
