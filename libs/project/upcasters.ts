import { PROJECT_EVENT_VERSIONS, ProjectEvent } from './events';
import { parseAmount } from './money';

export interface StoredEvent {
  type: string;
  schemaVersion: number;
  data: Record<string, unknown>;
}

/** An event this version of the software cannot read: a type or version it does not know, or data that its version forbids. */
export class UnknownEvent extends Error {
  override readonly name = 'UnknownEvent';
  constructor(
    readonly type: string,
    readonly schemaVersion: number,
    why: string,
  ) {
    super(`event ${type} version ${schemaVersion}: ${why}`);
  }
}

/** From the data of one version to the data of the next. */
export type Upcaster = (data: Record<string, unknown>) => Record<string, unknown>;
/** By event type; the first of a list leads from version 1 to 2, the second from 2 to 3, and so on. */
export type Upcasters = Readonly<Partial<Record<string, readonly Upcaster[]>>>;

export const PROJECT_UPCASTERS: Upcasters = {
  ProjectProposed: [withEstimateAsMoney],
};

/** A stored event of a project in today's schema. @throws UnknownEvent */
export function upcast(stored: StoredEvent): ProjectEvent {
  return upcastThrough(stored, PROJECT_EVENT_VERSIONS, PROJECT_UPCASTERS) as unknown as ProjectEvent;
}

/** Leads an event from the version it was written with, step by step, to the current one. @throws UnknownEvent */
export function upcastThrough(
  { type, schemaVersion, data }: StoredEvent,
  versions: Readonly<Record<string, number>>,
  upcasters: Upcasters,
): { type: string; data: Record<string, unknown> } {
  const current = Object.hasOwn(versions, type) ? versions[type] : undefined;
  if (current === undefined) throw new UnknownEvent(type, schemaVersion, 'the type is not known');
  if (!Number.isInteger(schemaVersion) || schemaVersion < 1 || schemaVersion > current) {
    throw new UnknownEvent(type, schemaVersion, `only versions 1 to ${current} are known`);
  }
  const steps = (upcasters[type] ?? []).slice(schemaVersion - 1);
  if (steps.length !== current - schemaVersion) {
    throw new UnknownEvent(type, schemaVersion, `no way leads to version ${current}`);
  }
  try {
    return { type, data: steps.reduce((older, step) => step(older), data) };
  } catch (error) {
    throw new UnknownEvent(type, schemaVersion, error instanceof Error ? error.message : String(error));
  }
}

/** Version 1 knew the estimate as a plain number of yuan in a string, always meant exactly. */
function withEstimateAsMoney(data: Record<string, unknown>): Record<string, unknown> {
  if (data.estimatedInvestment === undefined) return data;
  const value = typeof data.estimatedInvestment === 'string' ? parseAmount(data.estimatedInvestment) : undefined;
  if (value === undefined) throw new RangeError('estimatedInvestment is no amount of yuan');
  return { ...data, estimatedInvestment: { value, currency: 'CNY', bound: 'exact' } };
}
