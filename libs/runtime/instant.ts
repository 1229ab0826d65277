import { isCivilDate } from '../project/civil-date';

const INSTANT = /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

/** Whether the text is an instant in ISO 8601 with its offset, of a day that exists: `Date` takes 31 June for 1 July. */
export function isInstant(text: string): boolean {
  return INSTANT.test(text) && isCivilDate(text.slice(0, 10));
}
