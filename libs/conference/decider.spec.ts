import { ExpectedReason, specificationOf } from '../../test/support/given';
import { CONTEXT, TODAY } from '../../test/support/project-samples';
import { Decider } from '../event-store/decider';
import { DecisionContext } from '../project/programme-facts';
import { UnknownEvent } from '../project/upcasters';
import { conferenceDecider } from './decider';
import { ConferenceCommand, ConferenceEvent, ConferenceState, SubVenue } from './events';

const fits: Decider<ConferenceState, ConferenceCommand, ConferenceEvent, DecisionContext> = conferenceDecider;
const given = specificationOf(fits, CONTEXT);

const opening = {
  name: '产业援疆推介会',
  place: '克拉玛依市会展中心',
  opensOn: '2024-05-13',
  closesOn: '2024-05-14',
  organisers: ['自治区发展改革委'],
  prefecture: '650200',
};
const hall: SubVenue = { name: '第三分会场', partners: ['310000'], regions: ['650200'] };
const OPENED: ConferenceEvent = { type: 'ConferenceOpened', data: { programme: 'north-south', ...opening } };
const HALL: ConferenceEvent = { type: 'SubVenueAdded', data: hall };
const CLOSED: ConferenceEvent = { type: 'ConferenceClosed', data: { closedOn: '2024-05-14' } };

function open(change: Partial<typeof opening & { subVenues: SubVenue[] }> = {}): ConferenceCommand {
  return { type: 'OpenConference', data: { ...opening, ...change } };
}
const addHall: ConferenceCommand = { type: 'AddSubVenue', data: hall };
const close = (closedOn: string): ConferenceCommand => ({ type: 'CloseConference', data: { closedOn } });

test('a conference opens with its sub-venues, is joined by more, and closes', () => {
  given().when(open()).then(OPENED);
  given()
    .when(open({ subVenues: [hall] }))
    .then(OPENED, HALL);
  given(OPENED).when(addHall).then(HALL);
  given(OPENED, HALL)
    .when(close('2024-05-13'))
    .then({ type: 'ConferenceClosed', data: { closedOn: '2024-05-13' } });
  expect(given(OPENED, HALL, CLOSED).state()).toStrictEqual({
    revision: 2,
    opening: OPENED.data,
    subVenues: [hall],
    closedOn: '2024-05-14',
  });
});

test('texts are recorded in one spelling, so that a sub-venue is known again', () => {
  given()
    .when(
      open({ name: '产业援疆招商推介会 ', organisers: ['\u3000甲'], subVenues: [{ ...hall, name: 'Cafe\u0301 ' }] }),
    )
    .then(
      {
        type: 'ConferenceOpened',
        data: { programme: 'north-south', ...opening, name: '产业援疆招商推介会', organisers: ['甲'] },
      },
      { type: 'SubVenueAdded', data: { ...hall, name: 'Café' } },
    );
  given(OPENED, HALL)
    .when({ type: 'AddSubVenue', data: { ...hall, name: `${hall.name} ` } })
    .thenRefused(['sub-venue-exists', 'name']);
});

test('a conference may be recorded ahead of its days, and closes only when they have come', () => {
  const planned = { opensOn: '2025-05-13', closesOn: '2025-05-13' };
  given().when(open(planned)).state();
  const event: ConferenceEvent = {
    type: 'ConferenceOpened',
    data: { programme: 'north-south', ...opening, ...planned },
  };
  given(event).when(close('2025-05-13')).thenRefused(['date-in-future', 'closedOn']);
});

test.each<[string, ConferenceEvent[], ConferenceCommand, ExpectedReason[]]>([
  ['opening twice', [OPENED], open(), [['conference-exists', null]]],
  ['a sub-venue of none', [], addHall, [['conference-unknown', null]]],
  ['closing none', [], close(TODAY), [['conference-unknown', null]]],
  ['a sub-venue after the close', [OPENED, CLOSED], addHall, [['conference-closed', null]]],
  ['closing twice', [OPENED, CLOSED], close(TODAY), [['conference-closed', null]]],
  ['closing before it opened', [OPENED], close('2024-05-12'), [['date-order', 'closedOn']]],
  ['closing on no day', [OPENED], close('2024-05-32'), [['date-invalid', 'closedOn']]],
  ['a sub-venue twice', [OPENED, HALL], addHall, [['sub-venue-exists', 'name']]],
  ['days out of order', [], open({ closesOn: '2024-05-12' }), [['date-order', 'closesOn']]],
  ['nobody to organise', [], open({ organisers: [] }), [['organisers-missing', 'organisers']]],
  ['a nameless organiser', [], open({ organisers: ['甲', ' '] }), [['text-empty', 'organisers[1]']]],
  [
    'all that is wrong at once',
    [],
    open({
      name: '',
      place: 'a\0',
      opensOn: 'today',
      prefecture: '999',
      subVenues: [hall, hall],
    }),
    [
      ['text-empty', 'name'],
      ['text-malformed', 'place'],
      ['date-invalid', 'opensOn'],
      ['sub-venue-exists', 'subVenues[1].name'],
    ],
  ],
  [
    'codes the programme does not know',
    [],
    open({ prefecture: '999', subVenues: [{ name: '一', partners: ['310000', '1'], regions: ['2'] }] }),
    [
      ['code-unknown', 'prefecture'],
      ['code-unknown', 'subVenues[0].partners[1]'],
      ['code-unknown', 'subVenues[0].regions[0]'],
    ],
  ],
])('%s is refused', (_name, history, command, reasons) => {
  given(...history)
    .when(command)
    .thenRefused(...reasons);
});

test('a history that no decider has written is an error', () => {
  expect(() => given(HALL)).toThrow('cannot begin with SubVenueAdded');
  expect(() => given(OPENED, OPENED)).toThrow('opened twice');
});

test('stored events are read in their version, and unknown ones refused', () => {
  const stored = { type: 'ConferenceClosed', schemaVersion: 1, data: { closedOn: '2024-05-14' } };
  expect(conferenceDecider.upcast(stored)).toStrictEqual(CLOSED);
  expect(() => conferenceDecider.upcast({ ...stored, schemaVersion: 2 })).toThrow(UnknownEvent);
  expect(() => conferenceDecider.upcast({ ...stored, type: 'ConferenceMoved' })).toThrow(UnknownEvent);
  expect(conferenceDecider.versionOf('ConferenceClosed')).toBe(1);
});
