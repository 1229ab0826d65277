import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { digest, GENESIS, hashOf, seal, SealedEvent, UnsealedEvent } from './hash-chain';

const sha256 = (bytes: string | Buffer): string => createHash('sha256').update(bytes).digest('hex');

describe('the digest', () => {
  test('is over the bytes that RFC 8785, section 3.2.4, gives for its example', () => {
    const example: unknown = JSON.parse(String.raw`{
      "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
      "literals": [null, true, false]
    }`);
    const bytes = Buffer.from(
      '7b226c69746572616c73223a5b6e756c6c2c747275652c66616c73655d2c226e756d62657273223a5b3333333333333333332e33333333' +
        '3333332c31652b33302c342e352c302e3030322c31652d32375d2c22737472696e67223a22e282ac245c75303030665c6e412742' +
        '5c225c5c5c5c5c222f227d',
      'hex',
    );
    expect(digest(example)).toBe(sha256(bytes));
    expect(digest(example)).toBe('2d5e01a318d0f0879ab568c4be289c8b1f64ef8921a53c6277d5e069978baacb');
  });

  test('sorts keys by UTF-16 code units, as RFC 8785, section 3.2.3, does', () => {
    const example = {
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '\ud83d\ude00': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      '\u00f6': 'Latin Small Letter O With Diaeresis',
    };
    const sorted = ['\r', '1', '\u0080', '\u00f6', '\u20ac', '\ud83d\ude00', '\ufb33'];
    const text = `{${sorted.map((key) => `${JSON.stringify(key)}:${JSON.stringify(example[key as '1'])}`).join(',')}}`;
    expect(digest(example)).toBe(sha256(text));
  });

  test('depends on the value alone: not on the order of keys, nor on how often it was written and read', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(digest(reversed(value))).toBe(digest(value));
        expect(digest(JSON.parse(JSON.stringify(value)))).toBe(digest(value));
        expect(digest(JSON.parse(canonicalize(value) ?? ''))).toBe(digest(value));
      }),
    );
  });

  test('differs for different values', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        fc.pre(canonicalize(a) !== canonicalize(b));
        expect(digest(a)).not.toBe(digest(b));
      }),
    );
  });

  test.each([[undefined], [() => 1], [Number.NaN], [{ amount: Number.POSITIVE_INFINITY }]])(
    'is refused for %p, which JSON cannot say',
    (value) => expect(() => digest(value)).toThrow(),
  );
});

describe('sealing', () => {
  const STREAM = 'project-5b0d9c7e-6f0a-5c39-9f7e-1d2c3b4a5968';

  function unsealed(title: string): UnsealedEvent {
    return {
      type: 'ProjectProposed',
      data: { occurredOn: '2024-05-13', title },
      metadata: {
        eventId: '018f6f5a-0000-7000-8000-000000000000',
        commandId: 'c-1',
        commandDigest: GENESIS,
        correlationId: 'c-1',
        causationId: 'c-1',
        actor: { subject: 'clerk-1', name: '李四', role: 'clerk', unit: '市发改委' },
        schemaVersion: 2,
        recordedAt: '2024-05-13T09:00:00.000Z',
      },
    };
  }

  function sealed(): [SealedEvent, SealedEvent] {
    return seal([unsealed('甲'), unsealed('乙')], { stream: STREAM, revision: -1, hash: GENESIS }) as [
      SealedEvent,
      SealedEvent,
    ];
  }

  test('chains each event to the one before it, from the genesis on', () => {
    const [first, second] = sealed();
    expect(first.metadata.previousHash).toBe(GENESIS);
    expect(second.metadata.previousHash).toBe(first.metadata.hash);
    expect(hashOf(first, STREAM, 0)).toBe(first.metadata.hash);
    expect(hashOf(second, STREAM, 1)).toBe(second.metadata.hash);
  });

  test('gives the same chain, whether the events come together or one by one', () => {
    const [first] = seal([unsealed('甲')], { stream: STREAM, revision: -1, hash: GENESIS });
    const [second] = seal([unsealed('乙')], { stream: STREAM, revision: 0, hash: first!.metadata.hash });
    expect([first, second]).toEqual(sealed());
  });

  test('keeps what it seals as it was, and changes nothing it was given', () => {
    const event = unsealed('甲');
    const [result] = seal([event], { stream: STREAM, revision: -1, hash: GENESIS });
    expect(event).toEqual(unsealed('甲'));
    expect(result).toMatchObject(unsealed('甲'));
  });

  test('a known event has a known hash: stores keep it for ever', () => {
    expect(sealed()[0].metadata.hash).toBe('8380be3bc5b561e32e42dd3b534b98bc27a6d503720108e685c7aa725f427933');
  });

  test('survives storage as JSON', () => {
    const [, second] = JSON.parse(JSON.stringify(sealed())) as [SealedEvent, SealedEvent];
    expect(hashOf(second, STREAM, 1)).toBe(second.metadata.hash);
  });

  test.each<[string, (event: SealedEvent) => unknown]>([
    ['the type', (event) => (event.type = 'ProjectLanded')],
    ['the data', (event) => (event.data.title = '丙')],
    ['a key of the data', (event) => (event.data.code = 'x')],
    ['who did it', (event) => (event.metadata.actor.subject = 'clerk-2')],
    ['when it was recorded', (event) => (event.metadata.recordedAt = '2024-05-13T09:00:00.001Z')],
    ['the version', (event) => (event.metadata.schemaVersion = 1)],
    ['the event before it', (event) => (event.metadata.previousHash = GENESIS)],
    [
      'whether it was recorded in hindsight',
      (event) => (event.metadata.backfill = { writtenAt: '2024-05-14T00:00:00.000Z', source: 'x' }),
    ],
  ])('shows a change of %s', (_what, change) => {
    const [, event] = sealed();
    change(event);
    expect(hashOf(event, STREAM, 1)).not.toBe(event.metadata.hash);
  });

  test('shows an event put elsewhere', () => {
    const [, event] = sealed();
    expect(hashOf(event, STREAM, 2)).not.toBe(event.metadata.hash);
    expect(hashOf(event, 'project-other', 1)).not.toBe(event.metadata.hash);
  });
});

/** The same value with the keys of all its objects in the opposite order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [key, reversed(inner)]),
  );
}
