import { Ajv } from 'ajv';
import { fullFormats } from 'ajv-formats/dist/formats';
import { CloudEvent as KafkaCloudEvent, Kafka, KafkaMessage } from 'cloudevents';
import fc from 'fast-check';
import { attempts, commandOf } from '../../test/support/random-projects';
import { Actor } from '../audit/hash-chain';
import { RecordedEvent } from '../event-store/event-store';
import { loadProfile } from '../programme/load-profile';
import { Programme } from '../programme/programme';
import { projectDecider } from '../project/decider';
import { PROJECT_EVENT_VERSIONS, ProjectEvent } from '../project/events';
import { Refusal } from '../project/refusal';
import { ProjectState } from '../project/state';
import { CloudEvent, sequenceOf } from './cloud-event';
import { exampleMessages } from './asyncapi';
import { exampleFacts } from './example-life';
import { Fact, factOf } from './fact';
import { StoreOrigin } from './origin';
import { receivedEvent } from './received-event';
import { readRelayPosition, relayPositionMessage } from './relay-positions.topic';
import { currentSchemas, ENVELOPE } from './schemas';
import { MAX_BATCH_BYTES, settingsOf, TopicMessage } from './topic';
import { messagesOf, TOPICS } from './topics';

const ORIGIN: StoreOrigin = {
  source: '/luodi/xinjiang-aid',
  publicUrl: 'https://luodi.example',
  storeId: 'postgres:example',
};
const PROGRAMME = new Programme(loadProfile('deploy/programmes/xinjiang-aid.json'));
const schemas = currentSchemas();
const ajv = new Ajv({ allErrors: true, formats: fullFormats });
const validators = new Map(Object.entries(schemas).map(([name, schema]) => [name, ajv.compile(schema)]));

function parse({ value }: TopicMessage): CloudEvent {
  return JSON.parse(value) as CloudEvent;
}

/** What is wrong with a message by its envelope's schema and by that of its data. */
function faults(message: TopicMessage): unknown[] {
  const event = parse(message);
  const parts = [[ENVELOPE, event] as const, [event.type, event.data] as const];
  return parts.flatMap(([name, value]) => {
    const validate = validators.get(name)!;
    return validate(value) ? [] : (validate.errors ?? []);
  });
}

const examples = [...exampleMessages(ORIGIN).values()];

describe('the messages', () => {
  it('have names that never change', () => {
    const published = exampleFacts().flatMap((fact) =>
      messagesOf(fact, ORIGIN).map((message) => [fact.event.type, message.topic, parse(message).type].join(' → ')),
    );
    const events = (name: string) => `luodi.${name}-events.v1`;
    const states = (type: string) => `${type} → luodi.project-states.v1 → luodi.project-state.v1`;
    const wireNames = {
      project: {
        ProjectProposed: 'luodi.project-proposed.v1',
        ProjectPromoted: 'luodi.project-promoted.v1',
        IntentSigned: 'luodi.intent-signed.v1',
        InvestmentSigned: 'luodi.investment-signed.v1',
        ResponsibilityAssigned: 'luodi.responsibility-assigned.v1',
        CommitmentRevised: 'luodi.commitment-revised.v1',
        ProjectLanded: 'luodi.project-landed.v1',
        ConstructionStarted: 'luodi.construction-started.v1',
        FundsReceived: 'luodi.funds-received.v1',
        MilestoneCorrected: 'luodi.milestone-corrected.v1',
        ProjectSuspended: 'luodi.project-suspended.v1',
        ProjectResumed: 'luodi.project-resumed.v1',
        ProjectOperating: 'luodi.project-operating.v1',
        MilestoneRevoked: 'luodi.milestone-revoked.v1',
        InvestorChanged: 'luodi.investor-changed.v1',
        ProjectTerminated: 'luodi.project-terminated.v1',
      } satisfies Record<ProjectEvent['type'], string>,
      conference: {
        ConferenceOpened: 'luodi.conference-opened.v1',
        SubVenueAdded: 'luodi.sub-venue-added.v1',
        ConferenceClosed: 'luodi.conference-closed.v1',
      },
    };
    expect(published).toEqual([
      ...Object.entries(wireNames.conference).map(([type, name]) => `${type} → ${events('conference')} → ${name}`),
      ...Object.entries(wireNames.project).flatMap(([type, name]) => [
        `${type} → ${events('project')} → ${name}`,
        states(type),
      ]),
    ]);
  });

  it('are named once, each with an example', () => {
    const types = TOPICS.flatMap(({ messages }) => messages.map(({ type }) => type));
    expect(new Set(types).size).toBe(types.length);
    expect(examples.map((message) => parse(message).type).sort()).toEqual(types.sort());
  });

  it.each(examples.map((message) => [parse(message).type, message] as const))(
    '%s is a CloudEvent, to the SDK and to its schema',
    (type, message) => {
      const { key, value, headers } = message;
      const received: KafkaMessage<string> = { key, value, headers: { ...headers }, body: value };
      const event = Kafka.toEvent(received) as KafkaCloudEvent<unknown>;
      expect(event).toMatchObject({ specversion: '1.0', type, subject: key });
      expect(event.validate()).toBe(true);
      expect(faults(message)).toEqual([]);
    },
  );

  it('carry what the envelope promises', () => {
    const [message] = examples.filter((example) => parse(example).type === 'luodi.project-landed.v1');
    expect(message).toMatchObject({
      topic: 'luodi.project-events.v1',
      key: '7c1f0a52-8c35-5b0e-9d0b-3f1f6f2f8a11',
      headers: { 'content-type': 'application/cloudevents+json; charset=utf-8' },
    });
    expect(parse(message!)).toEqual({
      specversion: '1.0',
      id: '018f7164-7a40-7c1e-a3c0-000000000009',
      source: '/luodi/xinjiang-aid',
      type: 'luodi.project-landed.v1',
      subject: '7c1f0a52-8c35-5b0e-9d0b-3f1f6f2f8a11',
      time: '2024-08-05T08:30:00.009Z',
      sequence: '0000000006',
      position: '10',
      storeid: 'postgres:0198c0de-7d3a-7a4b-8f00-5a1c2b3d4e5f',
      correlationid: '4bf92f3577b34da6a3ce929d0e0e4736',
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-1111000000000009-01',
      datacontenttype: 'application/json',
      dataschema: 'https://luodi.example/schemas/luodi.project-landed.v1.json',
      data: {
        project: {
          id: '7c1f0a52-8c35-5b0e-9d0b-3f1f6f2f8a11',
          programme: 'xinjiang-aid',
          code: 'KLMY-2024-017',
          title: '光伏组件生产基地（示例）',
          investor: '示例新能源有限公司',
          origin: '310000',
          prefecture: '650200',
          cluster: 'new-energy-materials',
          stage: 'landed',
          status: 'active',
        },
        occurredOn: '2024-08-05',
        legalEntity: '示例光伏克拉玛依有限公司',
        evidence: [{ kind: 'business-licence', reference: '91650200MA7EXAMPLE' }],
        recordedBy: { subject: 'li.ming', role: 'clerk', unit: '克拉玛依市商务局' },
      },
    });
  });

  it('name the investor as it is after the event', () => {
    const [change] = exampleFacts().filter(({ event }) => event.type === 'InvestorChanged');
    const messages = messagesOf(change!, ORIGIN).map((message) => parse(message));
    const investor = '接手新能源有限公司';
    expect(messages).toMatchObject([
      { data: { investor, project: { investor } } },
      { data: { project: { investor } } },
    ]);
  });

  it('of one event are told apart by their source', () => {
    const [fact] = exampleFacts().filter(({ kind }) => kind === 'project');
    const sources = messagesOf(fact!, ORIGIN).map((message) => parse(message).source);
    expect(sources).toEqual(['/luodi/xinjiang-aid', '/luodi/xinjiang-aid/project-states']);
  });

  it('say when a backfill was written, and nothing of a trace where there was none', () => {
    const backfill = { writtenAt: '2026-01-02T03:04:05.678Z', source: 'ledger.xlsx' };
    const [message] = messagesOf(changed({ backfill, traceparent: undefined }), ORIGIN);
    const event = parse(message!);
    expect(event).toMatchObject({ recordedtime: backfill.writtenAt });
    expect(event).not.toHaveProperty('traceparent');
    expect(faults(message!)).toEqual([]);
    expect(message!.value).not.toContain('ledger.xlsx');
  });

  it('compare by sequence as by revision', () => {
    expect([0, 9, 10, 2_147_483_647].map(sequenceOf)).toEqual(['0000000000', '0000000009', '0000000010', '2147483647']);
  });
});

describe('what stays inside', () => {
  it.each([
    '李明',
    'commandDigest',
    'previousHash',
    'commandId',
    'example-',
    '"hash"',
    'schemaVersion',
    '0'.repeat(64),
  ])('no message holds %s', (secret) => {
    for (const fact of exampleFacts()) {
      for (const { value } of messagesOf(fact, ORIGIN)) expect(value).not.toContain(secret);
    }
  });

  it('whatever an event or state comes to carry besides', () => {
    for (const fact of exampleFacts()) {
      const grown = salted(fact) as Fact;
      for (const [index, { value }] of messagesOf(grown, ORIGIN).entries()) {
        expect(JSON.parse(value)).toEqual(parse(messagesOf(fact, ORIGIN)[index]!));
      }
    }
  });
});

describe('a project, whatever happens to it', () => {
  it('is told in valid messages, from which it can be folded again', () => {
    fc.assert(
      fc.property(attempts(3, 30), (drawn) => {
        for (const { facts } of livesOf(drawn)) {
          let received: ProjectState | undefined;
          for (const fact of facts) {
            const messages = messagesOf(fact, ORIGIN);
            expect(messages.map(({ topic }) => topic)).toEqual(['luodi.project-events.v1', 'luodi.project-states.v1']);
            for (const message of messages) {
              expect(faults(message)).toEqual([]);
              expect(message.key).toBe(fact.id);
              expect(message.value).not.toBe('null');
            }
            const event = receivedEvent(parse(messages[0]!));
            expect(event).toEqual(withoutSecrets(fact.recorded));
            received = projectDecider.evolve(
              received,
              projectDecider.upcast({ ...event, schemaVersion: event.metadata.schemaVersion }),
            );
          }
          expect(received).toEqual(facts.at(-1)?.state);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('conferences too', () => {
    for (const fact of exampleFacts()) {
      expect(receivedEvent(parse(messagesOf(fact, ORIGIN)[0]!))).toEqual(withoutSecrets(fact.recorded));
    }
  });
});

describe('factOf', () => {
  const facts = exampleFacts().filter((fact) => fact.kind === 'project');

  it('upcasts what was written in an older schema', () => {
    const { recorded } = facts[0]!;
    const data = { ...recorded.data, estimatedInvestment: '900000000.00' };
    const fact = factOf({ ...recorded, data, metadata: { ...recorded.metadata, schemaVersion: 1 } }, undefined);
    expect(fact).toMatchObject({ event: facts[0]!.event, state: facts[0]!.state });
  });

  it('refuses a state that is not the one right before', () => {
    expect(() => factOf(facts[3]!.recorded, facts[1]!.state)).toThrow(/revision 3 follows 1/);
  });

  it('leaves other streams alone', () => {
    expect(factOf({ ...facts[0]!.recorded, stream: 'import-1' }, undefined)).toBeUndefined();
  });
});

describe('relay positions', () => {
  it.each([
    { storeId: 's', position: '12' },
    { storeId: 's', position: '12', eventId: 'e', stream: 'project-1', revision: 3 },
  ])('are read back as they were written: %j', (reached) => {
    const message = relayPositionMessage('relay', { ...reached, at: '2024-05-13T08:30:00.000Z' }, ORIGIN);
    expect(message).toMatchObject({ topic: 'luodi.relay-positions.v1', key: 'relay' });
    expect(faults(message)).toEqual([]);
    expect(readRelayPosition(message.value)).toEqual(reached);
  });

  it('are nothing else', () => {
    expect(() => readRelayPosition(examples[0]!.value)).toThrow(/no position of a relay/);
  });
});

describe('settings', () => {
  it('of a cluster of three', () => {
    expect(TOPICS.map((topic) => settingsOf(topic, { replicationFactor: 3 }))).toEqual(
      [
        { name: 'luodi.project-events.v1', partitions: 12, cleanup: 'delete' },
        { name: 'luodi.project-states.v1', partitions: 12, cleanup: 'compact' },
        { name: 'luodi.conference-events.v1', partitions: 1, cleanup: 'delete' },
        { name: 'luodi.relay-positions.v1', partitions: 1, cleanup: 'compact' },
      ].map(({ name, partitions, cleanup }) => ({
        name,
        partitions,
        replicationFactor: 3,
        settings: {
          'cleanup.policy': cleanup,
          'retention.ms': '-1',
          'retention.bytes': '-1',
          'max.message.bytes': String(MAX_BATCH_BYTES),
          'min.insync.replicas': '2',
        },
      })),
    );
  });

  it('of a single broker, which can lose nothing to another', () => {
    const { settings } = settingsOf(TOPICS[0]!, { replicationFactor: 1 });
    expect(settings['min.insync.replicas']).toBe('1');
  });
});

function changed(metadata: object): Fact {
  const [fact] = exampleFacts();
  return { ...fact!, recorded: { ...fact!.recorded, metadata: { ...fact!.recorded.metadata, ...metadata } } };
}

/** The same with one more key in every object. */
function salted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(salted);
  if (typeof value !== 'object' || value === null) return value;
  const parts = Object.entries(value).map(([key, part]) => [key, salted(part)] as const);
  return { ...Object.fromEntries(parts), internal: 'secret' };
}

const ACTOR: Actor = { subject: 'clerk', name: '录入员', role: 'clerk', unit: '发改委' };

/** What random commands come to, as the store would hold it. */
function livesOf(drawn: Parameters<typeof commandOf>[0][]): { facts: Extract<Fact, { kind: 'project' }>[] }[] {
  const lives = Array.from({ length: 3 }, () => ({ facts: [] as Extract<Fact, { kind: 'project' }>[] }));
  for (const [index, attempt] of drawn.entries()) {
    const { facts } = lives[attempt.project]!;
    for (const { type, data } of decided(attempt, facts.at(-1)?.state)) {
      const recorded: RecordedEvent = {
        stream: `project-7c1f0a52-8c35-5b0e-9d0b-3f1f6f2f8a1${attempt.project}`,
        revision: facts.length,
        position: String(index),
        type,
        data: { ...data },
        metadata: {
          ...exampleFacts()[0]!.recorded.metadata,
          actor: ACTOR,
          schemaVersion: PROJECT_EVENT_VERSIONS[type],
          eventId: `018f7164-7a40-7c1e-a3c0-${String(index).padStart(12, '0')}`,
        },
      };
      const fact = factOf(recorded, facts.at(-1)?.state);
      if (fact?.kind === 'project') facts.push(fact);
    }
  }
  return lives;
}

function decided(attempt: Parameters<typeof commandOf>[0], state: ProjectState | undefined): ProjectEvent[] {
  try {
    return projectDecider.decide(commandOf(attempt, state), state, { programme: PROGRAMME, today: '2030-01-01' });
  } catch (error) {
    if (error instanceof Refusal) return [];
    throw error;
  }
}

function withoutSecrets({ stream, revision, position, type, data, metadata }: RecordedEvent) {
  const { eventId, correlationId, schemaVersion, recordedAt, actor } = metadata;
  const { name: _name, ...account } = actor;
  return {
    stream,
    revision,
    position,
    type,
    data,
    metadata: { eventId, correlationId, schemaVersion, recordedAt, actor: account },
  };
}
