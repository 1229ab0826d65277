import { once } from 'node:events';
import { createServer } from 'node:http';
import { AddressInfo } from 'node:net';
import { startEventStoreDbDouble } from './support/eventstoredb/double';
import { ServerProcess } from './support/server-process';

it.each(['tls=false&nodePreferance=leader', 'tls=maybe', 'tls=true&tlsVerifyCert=false'])(
  'deploy/eventstoredb/prepare.mjs does not show the password when the address is wrong: %s',
  async (options) => {
    const url = `esdb://admin:sec%3Aret@127.0.0.1:1?${options}`;
    const env = { EVENTSTOREDB_ADMIN_URL: url, EVENTSTOREDB_PASSWORD: 'luodi-secret' };
    const script = ServerProcess.start(['deploy/eventstoredb/prepare.mjs'], env);
    expect((await script.exited).code).toBe(1);
    expect(script.output).toContain('EVENTSTOREDB_ADMIN_URL');
    expect(script.output).not.toMatch(/sec(%3A|:)ret|luodi-secret/);
  },
);

it('deploy/eventstoredb/prepare.mjs makes the user and the rights once', async () => {
  const double = await startEventStoreDbDouble();
  const users: object[] = [];
  // The double speaks gRPC only: users are made over HTTP at the first host, which gossip then finds not to be a node.
  const http = createServer((request, response) => {
    const { method, url: path, headers } = request;
    let body = '';
    request.on('data', (part) => (body += part));
    request.on('end', () => {
      const credentials = Buffer.from(headers.authorization?.replace('Basic ', '') ?? '', 'base64').toString();
      users.push({ method, path, credentials, ...(JSON.parse(body) as object) });
      response.writeHead(users.length > 1 ? 409 : 201).end();
    });
  }).listen(0, '127.0.0.1');
  await once(http, 'listening');
  const { port } = http.address() as AddressInfo;
  const url = `esdb://admin:sec%3Aret@127.0.0.1:${port},127.0.0.1:${double.port}?tls=false&discoveryInterval=20`;
  try {
    for (const round of [1, 2]) {
      const env = { EVENTSTOREDB_ADMIN_URL: url, EVENTSTOREDB_PASSWORD: 'luodi-secret' };
      const script = ServerProcess.start(['deploy/eventstoredb/prepare.mjs'], env);
      const { code } = await script.exited;
      expect({ round, code, failure: code === 0 ? '' : script.output }).toEqual({ round, code: 0, failure: '' });
    }
    expect(users[0]).toMatchObject({ method: 'POST', path: '/users', credentials: 'admin:sec:ret' });
    expect(users[0]).toMatchObject({ LoginName: 'luodi', Password: 'luodi-secret' });
    const [settings, all] = ['$settings', '$$$all'].map((stream) =>
      double.log.stream(stream).map(({ data }) => JSON.parse(Buffer.from(data).toString()) as object),
    );
    // The first is the server's own.
    expect(settings).toHaveLength(2);
    expect(settings?.at(-1)).toMatchObject({ $userStreamAcl: { $d: '$admins', $mw: '$admins' } });
    expect(all).toEqual([{ $acl: expect.objectContaining({ $r: ['luodi', '$admins'] }) as object }]);
  } finally {
    http.close();
    await double.stop();
  }
});
