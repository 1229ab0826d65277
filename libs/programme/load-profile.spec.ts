import { ProfileError, loadProfile, parseProfile } from './load-profile';
import { ProgrammeProfile } from './profile';

function profile(): ProgrammeProfile {
  return {
    programme: {
      id: 'north-south',
      name: { zh: '南北', en: 'North and south' },
      timeZone: 'Asia/Shanghai',
      currency: 'CNY',
      amounts: 'required',
    },
    regions: [
      { code: 'r1', name: { zh: '甲市', en: 'Alpha' } },
      { code: 'r2', name: { zh: '乙市', en: 'Beta' } },
    ],
    partners: [{ code: 'p1', name: { zh: '丙省', en: 'Gamma' } }],
    pairings: [{ partner: 'p1', region: 'r1', validFrom: '2010-03-01', validTo: null }],
    clusters: [{ id: 'coal', name: { zh: '煤炭', en: 'Coal' } }],
  };
}

/** What is wrong with the profile after the change, as `path: text`. */
function problems(change: (profile: ProgrammeProfile) => unknown): string[] {
  const changed = profile();
  change(changed);
  try {
    parseProfile(JSON.stringify(changed), 'p.json');
    return [];
  } catch (error) {
    if (!(error instanceof ProfileError)) throw error;
    expect(error.message).toContain('p.json');
    return error.problems.map(({ path, text }) => `${path}: ${text}`);
  }
}

test.each(['xinjiang-aid', 'uk-renewables'])('the profile %s is well', (name) => {
  expect(loadProfile(`deploy/programmes/${name}.json`).programme.id).toBe(name);
});

test('a profile without a fault is returned as it stands, with or without a byte order mark', () => {
  expect(parseProfile(JSON.stringify(profile()), 'p.json')).toEqual(profile());
  expect(parseProfile(`\uFEFF${JSON.stringify(profile())}`, 'p.json')).toEqual(profile());
});

test('a file that is missing, or no JSON, is named', () => {
  expect(() => loadProfile('deploy/programmes/nowhere.json')).toThrow(
    /nowhere\.json is wrong:\n {2}cannot be read: ENOENT/,
  );
  expect(() => loadProfile('package.json')).toThrow(ProfileError);
  expect(() => parseProfile('{"programme": ', 'p.json')).toThrow(/p\.json is wrong:\n {2}is no JSON: /);
  expect(() => parseProfile('[]', 'p.json')).toThrow('must be object');
});

test.each<[string, (profile: ProgrammeProfile) => unknown, string[]]>([
  ['an unknown key', (p) => Object.assign(p.regions[1]!, { nmae: 'x' }), ['regions[1].nmae: unknown key']],
  ['an unknown key at the top', (p) => Object.assign(p, { metric: [] }), ['metric: unknown key']],
  [
    'an unknown key in a name',
    (p) => Object.assign(p.clusters[0]!.name, { de: 'x' }),
    ['clusters[0].name.de: unknown key'],
  ],
  ['a missing key', (p) => Reflect.deleteProperty(p.programme, 'currency'), ['programme.currency: is missing']],
  ['a wrong type', (p) => Object.assign(p.regions[0]!, { code: 1 }), ['regions[0].code: must be string']],
  [
    'no regions',
    (p) => (p.regions.length = 0),
    ['regions: must NOT have fewer than 1 items', 'pairings[0].region: r1 is not in the profile'],
  ],
  ['an empty name', (p) => (p.partners[0]!.name.en = ' '), ['partners[0].name.en: " " must not be blank']],
  [
    'a pairing with an unknown region',
    (p) => (p.pairings[0]!.region = 'r9'),
    ['pairings[0].region: r9 is not in the profile'],
  ],
  [
    'a pairing with an unknown partner',
    (p) => (p.pairings[0]!.partner = 'r1'),
    ['pairings[0].partner: r1 is not in the profile'],
  ],
  [
    'a day that does not exist',
    (p) => (p.pairings[0]!.validFrom = '2010-02-30'),
    ['pairings[0].validFrom: "2010-02-30" is no day of the calendar, written YYYY-MM-DD'],
  ],
  [
    'validFrom after validTo',
    (p) => (p.pairings[0]!.validTo = '2009-01-01'),
    ['pairings[0].validFrom: 2010-03-01 is after validTo, 2009-01-01'],
  ],
  [
    'an unknown time zone',
    (p) => (p.programme.timeZone = 'Asia/Karamay'),
    ['programme.timeZone: "Asia/Karamay" is no IANA time zone such as Asia/Shanghai'],
  ],
  [
    'an offset as time zone',
    (p) => (p.programme.timeZone = '+08:00'),
    ['programme.timeZone: "+08:00" is no IANA time zone such as Asia/Shanghai'],
  ],
  [
    'an unknown currency',
    (p) => (p.programme.currency = 'RMB'),
    ['programme.currency: "RMB" is no ISO 4217 currency such as CNY'],
  ],
  [
    'an unknown rule for amounts',
    (p) => Object.assign(p.programme, { amounts: 'maybe' }),
    ['programme.amounts: "maybe" must be one of required, optional'],
  ],
  ['a region twice', (p) => (p.regions[1]!.code = 'r1'), ['regions[1].code: r1 stands twice, also at regions[0]']],
  [
    'a cluster twice',
    (p) => p.clusters.push(p.clusters[0]!),
    ['clusters[1].id: coal stands twice, also at clusters[0]'],
  ],
  [
    'a pairing twice',
    (p) => p.pairings.push({ partner: 'p1', region: 'r1', validFrom: '2020-01-01' }),
    ['pairings[1]: p1 with r1 stands twice, also at pairings[0]'],
  ],
  [
    'a code that another had',
    (p) => (p.regions[0]!.previousCodes = [{ code: 'r2' }]),
    [
      'regions[1].code: r2 stands twice, also at regions[0].previousCodes[0]',
      'regions[1]: "r2" means r2 here and r1 at regions[0]',
    ],
  ],
  [
    'an alias that means two places',
    (p) => (p.regions[1]!.aliases = ['ALPHA ']),
    ['regions[1]: "alpha" means r2 here and r1 at regions[0]'],
  ],
])('%s is an error that names the place', (_name, change, expected) => {
  expect(problems(change)).toEqual(expected);
});

test('all that is wrong is listed at once', () => {
  const found = problems((p) => {
    Object.assign(p, { extra: 1 });
    p.programme.currency = 'XXXX';
    p.pairings[0]!.region = 'r9';
    p.regions[1]!.code = 'r1';
  });
  expect(found.map((problem) => problem.split(':')[0])).toEqual([
    'extra',
    'programme.currency',
    'regions[1].code',
    'pairings[0].region',
  ]);
});

test('a code may stand twice where its validities have no day in common', () => {
  const found = problems((p) => {
    p.regions[0]!.validTo = '2014-12-31';
    p.regions.push({ code: 'r1', name: { zh: '甲新市', en: 'New Alpha' }, validFrom: '2015-01-01' });
  });
  expect(found).toEqual([]);
  expect(
    problems((p) => {
      p.regions[0]!.validTo = '2015-01-01';
      p.regions.push({ code: 'r1', name: { zh: '甲新市', en: 'New Alpha' }, validFrom: '2015-01-01' });
    }),
  ).toEqual(['regions[2].code: r1 stands twice, also at regions[0]']);
});
