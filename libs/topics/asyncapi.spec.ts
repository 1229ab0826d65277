import { Parser } from '@asyncapi/parser';
import { Ajv } from 'ajv';
import { fullFormats } from 'ajv-formats/dist/formats';
import { asyncApi, exampleMessages } from './asyncapi';
import { DEAD_LETTER_TOPIC } from './dead-letters';
import { takeoverRecord } from './kafkajs/takeover';
import { AsyncApi, servedAsyncApi } from './published';
import { TOPICS } from './topics';

const ORIGIN = { source: '/luodi/xinjiang-aid', publicUrl: 'http://127.0.0.1:3000' };
const document = asyncApi(ORIGIN);

describe('the AsyncAPI document', () => {
  it('is valid to AsyncAPI’s own parser, and names every topic and message', async () => {
    const parsed = await new Parser().parse(JSON.stringify(document));
    // The one remark: there is a 3.1.0 by now.
    expect(parsed.diagnostics.filter(({ code }) => code !== 'asyncapi-latest-version')).toEqual([]);
    const channels = parsed.document?.allChannels().all() ?? [];
    expect(
      channels.map((channel) => [
        channel.address(),
        channel
          .messages()
          .all()
          .map((message) => message.name()),
      ]),
    ).toEqual([
      ...TOPICS.map(({ name, messages }) => [
        name,
        [...messages.map(({ type }) => type), ...(name === 'luodi.relay-positions.v1' ? ['relay-mark'] : [])],
      ]),
      [DEAD_LETTER_TOPIC, ['dead-letter']],
    ]);
  }, 60_000);

  it('shows a broken document', async () => {
    const broken = structuredClone(document);
    (broken.channels as Record<string, { messages: Record<string, object> }>)['luodi.project-events.v1']!.messages[
      'luodi.project-landed.v1'
    ] = {
      $ref: '#/components/messages/no',
    };
    const { diagnostics } = await new Parser().parse(JSON.stringify(broken));
    expect(diagnostics).toContainEqual(expect.objectContaining({ code: 'invalid-ref' }));
  }, 60_000);

  it('has an example of every message that fits its schema', () => {
    const ajv = new Ajv({ allErrors: true, formats: fullFormats, strict: false });
    ajv.addSchema({ components: document.components }, 'asyncapi');
    for (const { type: name } of TOPICS.flatMap(({ messages }) => messages)) {
      const { examples } = (document as AsyncApi).components.messages[
        name
      ] as AsyncApi['components']['messages'][string];
      const validate = ajv.getSchema(`asyncapi#/components/messages/${name}/payload`)!;
      expect(examples).toHaveLength(1);
      for (const { payload } of examples) {
        expect([validate(payload), name, validate.errors]).toEqual([true, name, null]);
        expect(validate({ ...payload, type: 'another' })).toBe(false);
        expect(validate({ ...payload, data: {} })).toBe(false);
      }
    }
  });

  it('says how messages are sent: their headers, and marks that are none', () => {
    const ajv = new Ajv({ strict: false });
    const { messages } = asyncApi(ORIGIN).components as unknown as { messages: Record<string, { headers: object }> };
    for (const message of exampleMessages(ORIGIN).values()) {
      const { type } = JSON.parse(message.value) as { type: string };
      expect(ajv.validate(messages[type]!.headers, message.headers)).toBe(true);
      expect(ajv.validate(messages[type]!.headers, {})).toBe(false);
    }
    const mark = takeoverRecord({
      transactionalId: 'luodi-relay-relay',
      topic: 'luodi.relay-positions.v1',
      owner: 'me',
    });
    expect(ajv.validate(messages['relay-mark']!.headers, mark.headers)).toBe(true);
    expect(mark).toMatchObject({ key: expect.stringMatching('^(fence|look):') as string, value: null });
  });

  it('says nothing that an installation may set otherwise', () => {
    const channels = document.channels as unknown as Record<string, { bindings: { kafka: object } }>;
    for (const { name, partitions, cleanup } of TOPICS) {
      const kafka = channels[name]!.bindings.kafka as { partitions?: number; topicConfiguration: object };
      expect(kafka.partitions).toBe(partitions === 1 ? 1 : undefined);
      const isKept = 'retention.ms' in kafka.topicConfiguration;
      expect(isKept).toBe(cleanup === 'compact');
    }
  });

  it('is served as it is; if not, `npm run topics:publish`', () => {
    expect(servedAsyncApi(ORIGIN)).toEqual(document);
  });
});
