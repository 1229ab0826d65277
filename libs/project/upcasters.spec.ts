import { PROJECT_EVENT_VERSIONS } from './events';
import { PROJECT_UPCASTERS, StoredEvent, UnknownEvent, upcast, upcastThrough } from './upcasters';

/** As the first version of the software has written it. Never touch it: such events are in stores. */
const PROPOSED_V1 = `{
  "type": "ProjectProposed",
  "schemaVersion": 1,
  "data": {
    "occurredOn": "2023-08-17",
    "programme": "xinjiang-aid",
    "code": "KLMY-2023-017",
    "title": "碳纤维预制件项目",
    "investor": "示例新材料有限公司",
    "origin": "310000",
    "prefecture": "650200",
    "estimatedInvestment": "356000000.5",
    "responsibleUnit": "克拉玛依市工业和信息化局"
  }
}`;

const v1 = (): StoredEvent => JSON.parse(PROPOSED_V1) as StoredEvent;

test('a proposal of version 1 has its estimate as money, exactly, in yuan', () => {
  expect(upcast(v1())).toStrictEqual({
    type: 'ProjectProposed',
    data: { ...v1().data, estimatedInvestment: { value: '356000000.50', currency: 'CNY', bound: 'exact' } },
  });
});

test('a proposal of version 1 without an estimate stays without', () => {
  const stored = v1();
  delete stored.data.estimatedInvestment;
  expect(upcast(stored)).toStrictEqual({ type: 'ProjectProposed', data: stored.data });
});

test('an estimate that version 1 could not have held is an error that says so', () => {
  const stored = v1();
  stored.data.estimatedInvestment = '约3亿元';
  expect(() => upcast(stored)).toThrow(
    new UnknownEvent('ProjectProposed', 1, 'estimatedInvestment is no amount of yuan'),
  );
});

test('upcasting changes neither the stored event nor one of the current version', () => {
  const stored = v1();
  upcast(stored);
  expect(stored).toEqual(v1());
  const current = { ...upcast(v1()), schemaVersion: 2 } as unknown as StoredEvent;
  expect(upcast(current)).toStrictEqual({ type: current.type, data: current.data });
});

test.each([
  ['ProjectVanished', 1],
  ['toString', 1],
  ['ProjectProposed', 3],
  ['ProjectProposed', 0],
  ['ProjectProposed', 1.5],
  ['ProjectLanded', 2],
])('%s in version %d is unknown', (type, schemaVersion) => {
  expect(() => upcast({ type, schemaVersion, data: {} })).toThrow(UnknownEvent);
});

test('a version from the future is told apart from a missing way', () => {
  expect(() => upcast({ type: 'ProjectLanded', schemaVersion: 2, data: {} })).toThrow('only versions 1 to 1 are known');
});

test('a way leads from every old version to the current one', () => {
  for (const [type, version] of Object.entries(PROJECT_EVENT_VERSIONS)) {
    expect([type, PROJECT_UPCASTERS[type]?.length ?? 0]).toEqual([type, version - 1]);
  }
});

test('versions are passed one after the other', () => {
  const steps = { Named: [step('b'), step('c'), step('d')] };
  const from = (schemaVersion: number) =>
    upcastThrough({ type: 'Named', schemaVersion, data: { name: 'a' } }, { Named: 4 }, steps).data.name;
  expect([1, 2, 3, 4].map(from)).toEqual(['abcd', 'acd', 'ad', 'a']);
  const broken = { Named: [step('b')] };
  expect(() => upcastThrough({ type: 'Named', schemaVersion: 1, data: {} }, { Named: 4 }, broken)).toThrow('no way');
});

function step(letter: string) {
  return ({ name }: Record<string, unknown>) => ({ name: `${String(name)}${letter}` });
}
