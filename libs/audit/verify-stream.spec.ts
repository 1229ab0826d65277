import fc from 'fast-check';
import { GENESIS, seal, SealedEvent, UnsealedEvent } from './hash-chain';
import { ChainedEvent, CHAIN_START, verifyStream } from './verify-stream';

const STREAM = 'project-5b0d9c7e-6f0a-5c39-9f7e-1d2c3b4a5968';

test('a chain as it was sealed verifies, in one append or in several', () => {
  const first = sealed([1, 2], { revision: -1, hash: GENESIS });
  const second = sealed([3], { revision: 1, hash: first[1]?.metadata.hash ?? '' });
  const verdict = verifyStream(placed([...first, ...second]));
  expect(verdict).toEqual({
    verified: true,
    events: 3,
    faults: [],
    end: { revision: 2, hash: second[0]?.metadata.hash },
  });
});

test('an empty stream verifies and ends where every chain starts', () => {
  expect(verifyStream([])).toEqual({ verified: true, events: 0, faults: [], end: CHAIN_START });
});

test('an altered event is named, and those after it are not accused', () => {
  const events = chain(4);
  events[1] = { ...event(events, 1), data: { occurredOn: '2024-05-14' } };
  expect(verifyStream(events).faults).toEqual([{ revision: 1, faults: ['altered'] }]);
});

test('an altered event that was given a fitting hash breaks the link of the next', () => {
  const events = chain(3);
  const [forged] = placed(sealed([99], { revision: 0, hash: event(events, 0).metadata.hash }), 1);
  events[1] = forged as ChainedEvent;
  expect(verifyStream(events).faults).toEqual([{ revision: 2, faults: ['unchained'] }]);
});

test('an event of another stream does not verify', () => {
  const events = chain(1);
  expect(verifyStream([{ ...event(events, 0), stream: 'project-other' }]).verified).toBe(false);
});

test('removing any event but the last is noticed', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 12 }), fc.nat(), (length, pick) => {
      const events = chain(length);
      const removed = pick % (length - 1);
      events.splice(removed, 1);
      expect(verifyStream(events).faults).toEqual([{ revision: removed + 1, faults: ['unchained', 'misplaced'] }]);
    }),
  );
});

test('a change of any text in any event is noticed', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 8 }), fc.nat(), fc.nat(), (length, pick, where) => {
      const events = chain(length);
      const index = pick % length;
      const texts = JSON.stringify(event(events, index)).match(/"[^"]+"(?=[,}])/g) ?? [];
      const text = texts[where % texts.length] ?? '';
      const changed = JSON.stringify(event(events, index)).replace(text, `"${text.slice(1, -1)}x"`);
      events[index] = JSON.parse(changed) as ChainedEvent;
      expect(verifyStream(events).verified).toBe(false);
    }),
  );
});

function chain(length: number): ChainedEvent[] {
  return placed(
    sealed(
      Array.from({ length }, (_, index) => index),
      { revision: -1, hash: GENESIS },
    ),
  );
}

function event(events: ChainedEvent[], index: number): ChainedEvent {
  return events[index] as ChainedEvent;
}

function sealed(amounts: number[], end: { revision: number; hash: string }): SealedEvent[] {
  return seal(amounts.map(fundsReceived), { stream: STREAM, ...end });
}

function placed(events: SealedEvent[], from = 0): ChainedEvent[] {
  return events.map((sealedEvent, index) => ({ ...sealedEvent, stream: STREAM, revision: from + index }));
}

function fundsReceived(amount: number): UnsealedEvent {
  return {
    type: 'FundsReceived',
    data: { occurredOn: '2024-05-13', amount: { value: `${amount}.00`, currency: 'CNY', bound: 'exact' } },
    metadata: {
      eventId: `event-${amount}`,
      commandId: `command-${amount}`,
      commandDigest: 'digest',
      correlationId: 'correlation',
      causationId: 'causation',
      actor: { subject: 'li', name: '李明', role: 'clerk', unit: '克拉玛依市商务局' },
      schemaVersion: 1,
      recordedAt: '2024-05-13T08:00:00.000Z',
    },
  };
}
