import { Parser } from '@asyncapi/parser';
import { Ajv } from 'ajv';
import { fullFormats } from 'ajv-formats/dist/formats';
import { asyncApi } from './asyncapi';
import { servedAsyncApi } from './published';
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
    ).toEqual(TOPICS.map(({ name, messages }) => [name, messages.map(({ type }) => type)]));
  }, 60_000);

  it('shows a broken document', async () => {
    const broken = structuredClone(document);
    broken.channels['luodi.project-events.v1']!.messages['luodi.project-landed.v1'] = {
      $ref: '#/components/messages/no',
    };
    const { diagnostics } = await new Parser().parse(JSON.stringify(broken));
    expect(diagnostics).toContainEqual(expect.objectContaining({ code: 'invalid-ref' }));
  }, 60_000);

  it('has an example of every message that fits its schema', () => {
    const ajv = new Ajv({ allErrors: true, formats: fullFormats, strict: false });
    ajv.addSchema({ components: document.components }, 'asyncapi');
    for (const [name, { examples }] of Object.entries(document.components.messages)) {
      const validate = ajv.getSchema(`asyncapi#/components/messages/${name}/payload`)!;
      expect(examples).toHaveLength(1);
      for (const { payload } of examples) {
        expect([validate(payload), name, validate.errors]).toEqual([true, name, null]);
        expect(validate({ ...payload, type: 'another' })).toBe(false);
        expect(validate({ ...payload, data: {} })).toBe(false);
      }
    }
  });

  it('is served as it is; if not, `npm run topics:publish`', () => {
    expect(servedAsyncApi(ORIGIN)).toEqual(document);
  });
});
