import { loadProfile } from './load-profile';
import { Programme } from './programme';
import { projectId, projectIdOfCommand } from './project-id';

const xinjiang = new Programme(loadProfile('deploy/programmes/xinjiang-aid.json'));
const uk = new Programme(loadProfile('deploy/programmes/uk-renewables.json'));

test('nineteen partners and fourteen regions make 266 pairs', () => {
  expect(xinjiang.partnersOn('2024-05-13').length * xinjiang.regionsOn('2024-05-13').length).toBe(266);
  expect(xinjiang.clustersOn('2024-05-13')).toHaveLength(8);
});

test.each([
  ['克拉玛依', '650200'],
  ['克拉玛依市', '650200'],
  ['新疆克拉玛依市', '650200'],
  [' 新疆维吾尔自治区 克拉玛依市 ', '650200'],
  ['KARAMAY', '650200'],
  ['650200', '650200'],
  ['650200', '650200'],
  ['巴州', '652800'],
  ['喀什', '653100'],
  ['652100', '650400'],
  ['吐鲁番地区', '650400'],
  ['652200', '650500'],
  ['石河子市', undefined],
  ['', undefined],
])('a ledger that writes the region %j means %s', (text, code) => {
  expect(xinjiang.resolveRegion(text)).toBe(code);
});

test('every region, partner and cluster is found by its names and its code', () => {
  for (const programme of [xinjiang, uk]) {
    const { regions, partners, clusters } = programme.profile;
    for (const { code, name } of regions) {
      expect([code, name.zh, name.en].map((text) => programme.resolveRegion(text))).toEqual([code, code, code]);
      expect(programme.nameOf('place', code)).toEqual(name);
    }
    for (const { code, name } of partners) {
      expect([code, name.zh, name.en].map((text) => programme.resolvePartner(text))).toEqual([code, code, code]);
      expect(programme.nameOf('partner', code)).toEqual(name);
    }
    for (const { id, name } of clusters) {
      expect([id, name.zh, name.en].map((text) => programme.resolveCluster(text))).toEqual([id, id, id]);
      expect(programme.nameOf('cluster', id)).toEqual(name);
    }
  }
});

test('partners go by their short names', () => {
  expect(['北京', '北京市', 'Beijing', '110000'].map((text) => xinjiang.resolvePartner(text))).toEqual(
    Array<string>(4).fill('110000'),
  );
  expect([xinjiang.resolvePartner('广东'), xinjiang.resolvePartner('深圳')]).toEqual(['440000', '440300']);
});

test('the register writes countries with spaces behind, and names of technologies in its own way', () => {
  expect(uk.resolvePartner('England ')).toBe('england');
  expect(uk.resolveCluster('Tidal Stream')).toBe('tidal');
  expect(uk.resolveCluster('Solar Photovoltaics')).toBe('solar');
});

test('a code is known on the days on which it is valid', () => {
  expect(xinjiang.isRegion('650400', '2024-05-13')).toBe(true);
  expect(xinjiang.isRegion('652100', '2012-05-13')).toBe(false);
  expect(xinjiang.isCluster('coal', '2022-12-31')).toBe(false);
  expect(xinjiang.isCluster('coal', '2023-01-01')).toBe(true);
  expect(xinjiang.isPartner('999999', '2024-05-13')).toBe(false);
  expect(xinjiang.isRegion('toString', '2024-05-13')).toBe(false);
});

test('a pairing holds from its first day on', () => {
  expect(xinjiang.isPaired('310000', '653100', '2010-02-28')).toBe(false);
  expect(xinjiang.isPaired('310000', '653100', '2010-03-01')).toBe(true);
  expect(xinjiang.isPaired('310000', '650200', '2001-01-01')).toBe(true);
  expect(xinjiang.isPaired('310000', '650100', '2024-01-01')).toBe(false);
  expect(xinjiang.pairingsOn('2024-05-13')).toHaveLength(21);
});

test('of several names of a code the newest counts', () => {
  const { profile } = xinjiang;
  const [first, ...others] = profile.regions;
  const old = { ...first!, name: { zh: '迪化', en: 'Dihua' }, aliases: [], validTo: '1953-12-31' };
  const renamed = new Programme({ ...profile, regions: [old, { ...first!, validFrom: '1954-01-01' }, ...others] });
  expect(renamed.nameOf('place', first!.code)).toEqual(first!.name);
  expect(renamed.resolveRegion('迪化')).toBe(first!.code);
  expect(renamed.regionsOn('1950-01-01')[0]?.name.zh).toBe('迪化');
});

test('the id of a project is the same however its code is written', () => {
  const id = projectId('xinjiang-aid', 'A-1');
  expect(['A-1 ', 'Ａ－１', '\u3000A-1'].map((code) => projectId('xinjiang-aid', code))).toEqual([id, id, id]);
});

test('the id of a project follows from programme and code, and never changes', () => {
  expect(projectId('xinjiang-aid', 'KLMY-2024-001')).toBe('831b30a9-bf97-5fd4-a53e-19ce834c79e9');
  expect(projectId('uk-renewables', 'KLMY-2024-001')).not.toBe(projectId('xinjiang-aid', 'KLMY-2024-001'));
  expect(projectIdOfCommand('xinjiang-aid', 'clerk', 'c-1')).toBe(projectIdOfCommand('xinjiang-aid', 'clerk', 'c-1'));
  expect(projectIdOfCommand('xinjiang-aid', 'clerk', 'c-1')).not.toBe(
    projectIdOfCommand('xinjiang-aid', 'clerk', 'c-2'),
  );
});
