import { randomUUID } from 'node:crypto';
import { Actor, GENESIS, seal, SealedEvent } from '../../libs/audit/hash-chain';
import { Decider } from '../../libs/event-store/decider';
import { AppendRequest } from '../../libs/event-store/event-store';
import { refuse } from '../../libs/project/refusal';
import { DecisionContext, ProgrammeFacts } from '../../libs/project/programme-facts';

/** The smallest domain there is: a tally that only goes up, to 1,000. */
export interface Tally {
  revision: number;
  total: number;
  /** Day on which it was last added to. */
  on: string;
}
export interface Add {
  add: number;
}
export interface Added {
  type: 'Added';
  data: { amount: number; on: string };
}

export const tally: Decider<Tally, Add, Added, DecisionContext> = {
  decide({ add }, state, { today }) {
    if ((state?.total ?? 0) + add > 1_000) refuse('over', { zh: '超过一千', en: 'over a thousand' }, 'add');
    return [{ type: 'Added', data: { amount: add, on: today } }];
  },
  evolve: (state, { data }) => ({
    revision: (state?.revision ?? -1) + 1,
    total: (state?.total ?? 0) + data.amount,
    on: data.on,
  }),
  versionOf: () => 1,
  upcast: ({ data }) => ({ type: 'Added', data: data as Added['data'] }),
};

export const anywhere: ProgrammeFacts = {
  id: 'anywhere',
  timeZone: 'Asia/Shanghai',
  currency: 'CNY',
  amounts: 'optional',
  isRegion: () => true,
  isPartner: () => true,
  isCluster: () => true,
  isPaired: () => true,
};

export const tester: Actor = { subject: 'tester', name: '测试员', role: 'clerk', unit: '测试处' };

/** Where a stream ends: what the next events are sealed on. */
export interface StreamEnd {
  stream: string;
  revision: number;
  hash: string;
}

export function newStream(): StreamEnd {
  return { stream: `test-${randomUUID()}`, revision: -1, hash: GENESIS };
}

/** An append of some events to the end of a stream, and the end after it. */
export function nextAppend(
  end: StreamEnd,
  count = 1,
  data: (index: number) => Record<string, unknown> = (index) => ({ index }),
): { request: AppendRequest; end: StreamEnd } {
  const events: SealedEvent[] = seal(
    Array.from({ length: count }, (_, index) => {
      const commandId = randomUUID();
      const metadata = {
        eventId: randomUUID(),
        commandId,
        commandDigest: '0'.repeat(64),
        correlationId: commandId,
        causationId: commandId,
        actor: tester,
        schemaVersion: 1,
        recordedAt: new Date().toISOString(),
      };
      return { type: 'Tested', data: data(index), metadata };
    }),
    end,
  );
  return {
    request: { stream: end.stream, expectedRevision: end.revision, events },
    end: { stream: end.stream, revision: end.revision + count, hash: events.at(-1)?.metadata.hash ?? end.hash },
  };
}
