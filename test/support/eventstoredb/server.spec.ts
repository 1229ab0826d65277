import { openEventStoreDb } from './server';

const before = process.env.EVENTSTOREDB_URL;
afterEach(() => {
  if (before === undefined) delete process.env.EVENTSTOREDB_URL;
  else process.env.EVENTSTOREDB_URL = before;
});

test('tests run against a cluster, and say which, without its password', async () => {
  const url = 'esdb://luodi:hunter2@n1:2113,n2:2113,n3:2113?tls=true';
  process.env.EVENTSTOREDB_URL = ` ${url}\n`;
  const stderr = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  const server = await openEventStoreDb();
  const said = stderr.mock.calls.join('');
  stderr.mockRestore();
  expect(server).toMatchObject({ url, double: undefined });
  expect(said).toBe('EventStoreDB: the server at n1:2113,n2:2113,n3:2113\n');
});
