import {
  checkCode,
  checkDate,
  checkOrder,
  checkPastDate,
  checkPresent,
  checkRequiredText,
  present,
  reason,
  refuseFor,
} from '../project/field-checks';
import { normalTexts } from '../project/normal-text';
import { DecisionContext, ProgrammeFacts } from '../project/programme-facts';
import { Reason, refuse } from '../project/refusal';
import { StoredEvent, upcastThrough } from '../project/upcasters';
import {
  CONFERENCE_EVENT_VERSIONS,
  ConferenceCommand,
  ConferenceEvent,
  ConferenceEventType,
  ConferenceState,
  SubVenue,
} from './events';

type Command<Type extends ConferenceCommand['type']> = Extract<ConferenceCommand, { type: Type }>['data'];

/** The events a command leads to, its texts recorded as `normal-text.ts` says. @throws Refusal */
export function decide(
  command: ConferenceCommand,
  state: ConferenceState | undefined,
  context: DecisionContext,
): ConferenceEvent[] {
  if (command.type === 'OpenConference') {
    if (state) refuse('conference-exists', { zh: '推介会已存在', en: 'the conference exists already' });
    return open(present(normalTexts(command.data)), context.programme);
  }
  if (!state) refuse('conference-unknown', { zh: '推介会不存在', en: 'there is no such conference' });
  if (state.closedOn) {
    const text = { zh: `推介会已于 ${state.closedOn} 闭幕`, en: `the conference was closed on ${state.closedOn}` };
    refuse('conference-closed', text);
  }
  if (command.type === 'AddSubVenue') {
    return [addSubVenue(present(normalTexts(command.data)), state, context.programme)];
  }
  return [close(present(normalTexts(command.data)), state, context)];
}

/** A conference may be recorded ahead of its days, so they may lie in the future. */
function open(data: Command<'OpenConference'>, programme: ProgrammeFacts): ConferenceEvent[] {
  const { subVenues = [], ...opening } = data;
  const { opensOn, closesOn, organisers, prefecture } = opening;
  refuseFor([
    ...checkRequiredText('name', opening.name),
    ...checkRequiredText('place', opening.place),
    ...checkPresent('opensOn', opensOn),
    ...checkDate('opensOn', opensOn),
    ...checkPresent('closesOn', closesOn),
    ...checkDate('closesOn', closesOn),
    ...checkOrder('closesOn', closesOn, [openingDay(opensOn)]),
    ...checkOrganisers(organisers),
    ...checkCode('prefecture', prefecture, opensOn, (code) => programme.isRegion(code, opensOn)),
    ...subVenues.flatMap((subVenue, index) => {
      const others = subVenues.slice(0, index);
      return checkSubVenue(`subVenues[${index}].`, subVenue, others, { on: opensOn, programme });
    }),
  ]);
  return [
    { type: 'ConferenceOpened', data: { ...opening, programme: programme.id } },
    ...subVenues.map((subVenue): ConferenceEvent => ({ type: 'SubVenueAdded', data: subVenue })),
  ];
}

function addSubVenue(data: SubVenue, state: ConferenceState, programme: ProgrammeFacts): ConferenceEvent {
  refuseFor(checkSubVenue('', data, state.subVenues, { on: state.opening.opensOn, programme }));
  return { type: 'SubVenueAdded', data };
}

/** It may close before its last planned day, yet not before it has opened. */
function close(data: Command<'CloseConference'>, state: ConferenceState, { today }: DecisionContext): ConferenceEvent {
  refuseFor([
    ...checkPastDate('closedOn', data.closedOn, today),
    ...checkOrder('closedOn', data.closedOn, [openingDay(state.opening.opensOn)]),
  ]);
  return { type: 'ConferenceClosed', data };
}

function openingDay(opensOn: string): { occurredOn: string; name: { zh: string; en: string } } {
  return { occurredOn: opensOn, name: { zh: '开幕', en: 'opening' } };
}

function checkOrganisers(organisers: readonly string[] | undefined): Reason[] {
  if (!organisers?.length) {
    return [reason('organisers-missing', 'organisers', '至少需要一个主办单位', 'needs at least one organiser')];
  }
  return organisers.flatMap((organiser, index) => checkRequiredText(`organisers[${index}]`, organiser));
}

function checkSubVenue(
  path: string,
  { name, partners, regions }: SubVenue,
  others: readonly SubVenue[],
  { on, programme }: { on: string; programme: ProgrammeFacts },
): Reason[] {
  const isTaken = others.some((other) => other.name === name);
  return [
    ...checkRequiredText(`${path}name`, name),
    ...(isTaken
      ? [reason('sub-venue-exists', `${path}name`, '分会场名称重复', 'is the name of another sub-venue')]
      : []),
    ...partners.flatMap((partner, index) =>
      checkCode(`${path}partners[${index}]`, partner, on, (code) => programme.isPartner(code, on)),
    ),
    ...regions.flatMap((region, index) =>
      checkCode(`${path}regions[${index}]`, region, on, (code) => programme.isRegion(code, on)),
    ),
  ];
}

/** Folds one event into the state. @throws RangeError for a history that no decider has written */
export function evolve(state: ConferenceState | undefined, event: ConferenceEvent): ConferenceState {
  if (event.type === 'ConferenceOpened') {
    if (state) throw new RangeError('a conference cannot be opened twice');
    return { revision: 0, opening: event.data, subVenues: [] };
  }
  if (!state) throw new RangeError(`a conference cannot begin with ${event.type}`);
  return { ...foldNext(state, event), revision: state.revision + 1 };
}

function foldNext(
  state: ConferenceState,
  event: Exclude<ConferenceEvent, { type: 'ConferenceOpened' }>,
): ConferenceState {
  if (event.type === 'SubVenueAdded') return { ...state, subVenues: [...state.subVenues, event.data] };
  return { ...state, closedOn: event.data.closedOn };
}

/** What the command handler runs conferences with. */
export const conferenceDecider = {
  decide,
  evolve,
  versionOf: (type: ConferenceEventType): number => CONFERENCE_EVENT_VERSIONS[type],
  upcast: (stored: StoredEvent): ConferenceEvent =>
    upcastThrough(stored, CONFERENCE_EVENT_VERSIONS, {}) as unknown as ConferenceEvent,
};
