import { Evidence } from '../../../libs/project/events';
import { LONG_TEXT_LIMIT, TEXT_LIMIT } from '../../../libs/project/field-checks';
import { Money } from '../../../libs/project/money';
import { ChoiceField, TextField } from './fields';

/** Money as it may be written: in the programme's currency and exact unless said otherwise. */
export class MoneyBody {
  @TextField({
    description: 'Decimal number with at most two decimals, in units of the currency.',
    example: '51800000000.00',
    pattern: '^(0|[1-9][0-9]{0,17})(\\.[0-9]{1,2})?$',
  })
  value!: string;

  @TextField({ description: "ISO 4217. Default: the programme's.", example: 'CNY', optional: true })
  currency?: string;

  @ChoiceField({
    description: 'Whether only a lower bound is known (“1200余亿”). Default: exact.',
    choices: ['exact', 'at-least'] satisfies Money['bound'][],
    example: 'exact',
    optional: true,
  })
  bound?: Money['bound'];
}

export class EvidenceBody implements Evidence {
  @TextField({ description: 'What it is.', example: 'business-licence', maxLength: TEXT_LIMIT })
  kind!: string;

  @TextField({ description: 'Where it is found.', example: '91650200MA000000X0', maxLength: LONG_TEXT_LIMIT })
  reference!: string;
}

/** A body as the domain takes it: plain objects, money with all its parts. */
export type Plain<T> = T extends MoneyBody
  ? Money
  : T extends (infer Item)[]
    ? Plain<Item>[]
    : T extends object
      ? { [Key in keyof T]: Plain<T[Key]> }
      : T;

/** Fills in what money leaves out, and leaves out what is undefined. */
export function plain<T>(body: T, currency: string): Plain<T> {
  return plainValue(body, currency) as Plain<T>;
}

function plainValue(value: unknown, currency: string): unknown {
  if (Array.isArray(value)) return value.map((item) => plainValue(item, currency));
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  const object = Object.fromEntries(fields.map(([key, field]) => [key, plainValue(field, currency)]));
  return value instanceof MoneyBody ? { currency, bound: 'exact', ...object } : object;
}
