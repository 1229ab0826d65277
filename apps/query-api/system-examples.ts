import { Validity } from '../../libs/programme/profile';
import { AGREEMENT_NAMES, STATUS_NAMES } from './names';

// Examples of answers about the system itself, for the OpenAPI document.

export const PROGRAMME_EXAMPLE = {
  id: 'xinjiang-aid',
  name: { zh: '产业援疆', en: 'Industrial aid to Xinjiang' },
  timeZone: 'Asia/Shanghai',
  currency: 'CNY',
  amounts: 'required',
  regions: [{ code: '650200', name: { zh: '克拉玛依市', en: 'Karamay' } }],
  partners: [{ code: '310000', name: { zh: '上海市', en: 'Shanghai' } }],
  clusters: [{ id: 'oil-gas', name: { zh: '油气生产加工', en: 'Oil and gas' }, validFrom: '2023-01-01' }],
  pairings: [{ partner: '310000', region: '650200' }],
  stages: [{ id: 'landed', name: { zh: '落地', en: 'Landed' } }],
  statuses: STATUS_NAMES,
  agreements: AGREEMENT_NAMES,
  sources: ['GB/T 2260'],
};

const DATED: Validity[] = [
  { validFrom: '2013-01-01', validTo: '2015-03-15' },
  { validFrom: null, validTo: null },
];
const PLACES = DATED.map((validity) => ({
  aliases: ['吐鲁番'],
  previousCodes: DATED.map((before) => ({ code: '652100', ...before })),
  ...validity,
}));

/** What a profile may also say of its entries. */
export const DATED_PROGRAMME_EXAMPLE = {
  regions: PLACES,
  partners: PLACES,
  clusters: DATED.map((validity) => ({ aliases: ['油气'], ...validity })),
  pairings: DATED,
};

export const STATUS_EXAMPLE = {
  eventStore: { id: 'postgres:5b0d9c7e-6f0a-4c39-9f7e-1d2c3b4a5968', head: '1310' },
  readModels: {
    position: '1308',
    eventsBehind: 2,
    secondsBehind: 0.004,
    parked: 1,
    rebuilding: {
      position: '900',
      applied: 900,
      total: 1310,
      eventsPerSecond: 41000,
      secondsLeft: 0.01,
      startedAt: '2024-06-03T08:30:00.000Z',
    },
  },
  parked: {
    items: [
      {
        stream: 'project-7c1f0a52-8c35-5b0e-9d0b-3f1f6f2f8a11',
        revision: 4,
        position: '1207',
        error: 'UnknownEvent: ProjectMoved',
        parkedAt: '2024-06-03T08:30:00.000Z',
        waiting: 2,
      },
    ],
    total: 1,
  },
};

/** Where nothing has been recorded yet, and where a rebuild has only begun. */
export const EMPTY_STATUS_EXAMPLES = [
  { eventStore: { head: null }, readModels: { position: null, rebuilding: null } },
  { readModels: { rebuilding: { position: null, secondsLeft: null } } },
];
