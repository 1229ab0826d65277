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
  statuses: { active: { zh: '推进中', en: 'Active' } },
  agreements: { investment: { zh: '投资协议', en: 'Investment agreement' } },
  sources: ['GB/T 2260'],
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
