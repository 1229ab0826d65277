import { Decider } from '../../libs/event-store/decider';
import { Refusal } from '../../libs/project/refusal';

/** What a refusal says: the code of a reason and the field it is about, `null` where the state forbids. */
export type ExpectedReason = [code: string, field: string | null];

/**
 * Specifications of a decider in the domain's words: `given(...history).when(command).then(...events)`, or
 * `.thenRefused([code, field], …)`. `state()` is what stands after the command.
 */
export function specificationOf<State, Command, Event extends { type: string; data: object }, Context>(
  decider: Decider<State, Command, Event, Context>,
  usual: Context,
) {
  return (...history: Event[]) => {
    let state: State | undefined;
    for (const event of history) state = decider.evolve(state, event);
    const before = state;
    return {
      state: () => before as State,
      when: (command: Command, context: Context = usual) => ({
        then: (...events: Event[]) => expect(decider.decide(command, before, context)).toStrictEqual(events),
        thenRefused: (...reasons: ExpectedReason[]) =>
          expect(refusalOf(() => decider.decide(command, before, context))).toEqual(reasons),
        state: () =>
          decider.decide(command, before, context).reduce<State | undefined>(decider.evolve, before) as State,
      }),
    };
  };
}

/** The reasons of the refusal; every one must speak both languages. Without a refusal the test fails. */
function refusalOf(decide: () => unknown): ExpectedReason[] {
  try {
    return [[`no refusal but ${JSON.stringify(decide())}`, null]];
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    for (const { text } of error.reasons)
      expect(text).toEqual({ zh: expect.stringMatching(/\p{Script=Han}/u), en: expect.stringMatching(/[a-z]/) });
    return error.reasons.map(({ code, field }) => [code, field ?? null]);
  }
}
