import { Ajv } from 'ajv';
import { fullFormats } from 'ajv-formats/dist/formats';
import { asyncApi, exampleMessages } from '../../libs/topics/asyncapi';
import { Origin } from '../../libs/topics/origin';
import { loadConfiguration } from '../../libs/runtime/configuration';
import { RunningServer, startHttp } from '../../libs/runtime/http-server';
import { createDatabase } from '../../test/support/database';
import { QueryApiModule } from './query-api.module';

const ORIGIN: Origin = { source: '/luodi/xinjiang-aid', publicUrl: 'https://luodi.example' };
let server: RunningServer;
let drop: () => Promise<void>;

/** Without any identity: a subscriber of topics has no account. */
beforeAll(async () => {
  const database = await createDatabase();
  drop = database.drop;
  const env = { DATABASE_URL: database.url, PORT: '0', LOG_LEVEL: 'silent', PUBLIC_URL: ORIGIN.publicUrl };
  server = await startHttp(QueryApiModule, { configuration: loadConfiguration(env), signals: false });
});

afterAll(async () => {
  await server.close();
  await drop();
});

/** What stands at a public address, asked from the server under test. */
function get(address: string): Promise<Response> {
  return fetch(address.replace(ORIGIN.publicUrl, server.url));
}

it('answers at the dataschema of every message with the schema of its data', async () => {
  const ajv = new Ajv({ allErrors: true, formats: fullFormats });
  for (const { value } of exampleMessages(ORIGIN).values()) {
    const { dataschema, data } = JSON.parse(value) as { dataschema: string; data: object };
    const answer = await get(dataschema);
    expect([dataschema, answer.status]).toEqual([dataschema, 200]);
    expect(answer.headers.get('content-type')).toMatch(/^application\/schema\+json/);
    const schema = (await answer.json()) as { $id: string; title: string };
    expect(schema.$id).toBe(dataschema);
    const validate = ajv.compile(schema);
    expect([validate(data), validate.errors]).toEqual([true, null]);
    expect(validate({})).toBe(false);
  }
});

it('answers with the schema of the envelope', async () => {
  const answer = await get(`${ORIGIN.publicUrl}/schemas/luodi.envelope.v1.json`);
  expect(await answer.json()).toMatchObject({ title: 'CloudEvents 1.0', required: expect.arrayContaining(['id']) });
});

it.each(['luodi.project-landed.v2.json', 'luodi.project-landed.v1', 'constructor.json', '..%2Fasyncapi.json'])(
  '%s is 404',
  async (name) => {
    const answer = await get(`${ORIGIN.publicUrl}/schemas/${name}`);
    expect([answer.status, await answer.json()]).toEqual([404, expect.objectContaining({ code: 'not-found' })]);
  },
);

it('serves the AsyncAPI document', async () => {
  const answer = await get(`${ORIGIN.publicUrl}/asyncapi.json`);
  expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
  expect(await answer.json()).toEqual(JSON.parse(JSON.stringify(asyncApi(ORIGIN))));
});
