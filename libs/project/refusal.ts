/** A text in the two languages of the people who use the system. */
export interface Text {
  zh: string;
  en: string;
}

/**
 * What a decider says when a command may not happen: the field that is wrong (a JSON path such as `amount.value`, or
 * undefined when it is the state of the project that forbids it), a stable code, and the reason in both languages.
 */
export interface Reason {
  code: string;
  field?: string;
  text: Text;
}

/** Thrown by `decide`; nothing has been recorded. Several reasons are reported at once where they are independent. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  constructor(readonly reasons: readonly [Reason, ...Reason[]]) {
    super(reasons.map((reason) => `${reason.field ? `${reason.field}: ` : ''}${reason.text.en}`).join('; '));
  }
}

/** Throws a {@link Refusal} with one reason. */
export function refuse(code: string, text: Text, field?: string): never {
  throw new Refusal([{ code, text, ...(field === undefined ? {} : { field }) }]);
}
