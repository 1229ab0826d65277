import { TObject, TUnsafe, Type } from '@sinclair/typebox';
import { MILESTONES, STAGES, Agreement, Status } from '../project/events';

// What the messages are made of. A change here changes every message that has it: see `compatibility.ts`.

export const text = (description: string) => Type.String({ minLength: 1, description });

export const oneOf = <Value extends string>(values: readonly Value[], description: string): TUnsafe<Value> =>
  Type.Unsafe<Value>({ type: 'string', enum: [...values], description });

export const day = (description: string) =>
  Type.String({ format: 'date', description: `${description} A civil date in the programme's time zone.` });

export const instant = (description: string) =>
  Type.String({ format: 'date-time', description: `${description} ISO 8601 in UTC.` });

export const projectId = Type.String({ format: 'uuid', description: 'Id of the project; also key and subject.' });
export const conferenceId = (description: string) =>
  Type.String({ minLength: 3, maxLength: 60, description: `${description} An id such as karamay-2024.` });

export const money = (description: string) =>
  Type.Object(
    {
      value: Type.String({ pattern: '^\\d{1,18}(\\.\\d{1,2})?$', description: 'Decimal, such as 51800000000.00.' }),
      currency: Type.String({ pattern: '^[A-Z]{3}$', description: 'ISO 4217.' }),
      bound: oneOf(['exact', 'at-least'], 'Whether the value is exact or only a lower bound is known.'),
    },
    { description },
  );

export const evidence = Type.Array(
  Type.Object({ kind: text('Such as business-licence.'), reference: text('Where it can be found.') }),
  { description: 'What proves it.' },
);

const AGREEMENTS: readonly Agreement[] = ['intent', 'framework', 'investment'];
const STATUSES: readonly Status[] = ['active', 'suspended', 'terminated'];
export const agreement = oneOf(AGREEMENTS, 'Intent and framework agreements bind nobody.');
export const stage = oneOf(STAGES, 'The furthest stage whose milestone stands.');
export const status = oneOf(STATUSES, 'Beside the stage.');
export const milestone = oneOf(MILESTONES, 'Which milestone.');
export const reason = text('Why, in the words of whoever recorded it.');

export const milestoneRevision = Type.Integer({
  minimum: 0,
  description:
    'Revision (`sequence`) of the event that recorded the milestone: receipts of funds may stand side by side.',
});

/** Who recorded it. The name is left out: a topic is kept for ever, so it holds no more of a clerk than the account. */
export const recordedBy = Type.Object(
  {
    subject: text('The account. Who that is, the audit trail tells those who may read it.'),
    role: oneOf(['clerk', 'supervisor', 'administrator', 'service'], 'The role it had.'),
    unit: Type.String({ description: 'The unit it belonged to.' }),
  },
  { description: 'Who recorded it, without the name.' },
);

/**
 * The part of a value that its schema names, all the way down: what no schema names is never published, whatever an
 * internal event may come to carry. Missing and undefined properties stay missing.
 */
export function publicPart(schema: TObject, value: object): object {
  let pick = pickers.get(schema);
  if (!pick) pickers.set(schema, (pick = pickerOf(schema as Shape)));
  return pick(value) as object;
}

type Picker = (value: unknown) => unknown;

/** Every message passes here, so what its schema names is looked up once. */
const pickers = new WeakMap<TObject, Picker>();

interface Shape {
  properties?: Record<string, Shape>;
  items?: Shape;
}

const whole: Picker = (value) => value;

function pickerOf({ properties, items }: Shape): Picker {
  if (items) {
    const pick = pickerOf(items);
    return (value) => (Array.isArray(value) ? value.map(pick) : value);
  }
  if (!properties) return whole;
  const parts = Object.entries(properties).map(([name, schema]) => [name, pickerOf(schema)] as const);
  return (value) => {
    const picked: Record<string, unknown> = {};
    for (const [name, pick] of parts) {
      const part = (value as Record<string, unknown>)[name];
      if (part !== undefined) picked[name] = pick(part);
    }
    return picked;
  };
}
