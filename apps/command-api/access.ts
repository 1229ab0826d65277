import { Decider } from '../../libs/event-store/decider';
import { DecisionContext } from '../../libs/project/programme-facts';
import { forbidden } from '../../libs/runtime/http/problem';
import type { Caller } from '../../libs/runtime/identity/identity';

/**
 * A decider that first asks whether this caller may write there: a clerk only for the regions of the token, an
 * administrator anywhere. Both the region a thing lies in and, for a new one, the region it is to lie in count.
 * `prefectureOf` gives the region of a state, or of a command that begins one; undefined for a thing that lies in none.
 */
export function guarded<State, Command, Event extends { type: string; data: object }>(
  decider: Decider<State, Command, Event, DecisionContext>,
  caller: Caller,
  prefectureOf: (state: State | undefined, command: Command) => { prefecture?: string } | undefined,
): Decider<State, Command, Event, DecisionContext> {
  if (caller.actor.role !== 'clerk') return decider;
  return {
    ...decider,
    decide: (command, state, context) => {
      const place = prefectureOf(state, command);
      if (place) requirePrefecture(caller, place.prefecture);
      return decider.decide(command, state, context);
    },
  };
}

/** @throws Problem 403 when the caller is a clerk of other regions */
export function requirePrefecture(caller: Caller, prefecture: string | undefined): void {
  if (caller.actor.role !== 'clerk') return;
  if (prefecture === undefined) {
    throw forbidden('prefecture', {
      zh: '未指明地州的推介会只能由管理员记录',
      en: 'a conference that is held in no prefecture is for administrators',
    });
  }
  if (caller.prefectures.includes(prefecture)) return;
  const own = caller.prefectures;
  throw forbidden('prefecture', {
    zh: `无权为 ${prefecture} 记录；您的令牌只限 ${own.join('、')}`,
    en: `you may not write for prefecture ${prefecture}; your token is for ${own.join(', ')}`,
  });
}
