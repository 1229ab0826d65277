import { AddressInfo, createServer, Server, Socket } from 'node:net';
import { newSecret } from './signature';
import { networks } from './targets';
import { CallFailed, callWebhook } from './webhook-call';

const UPGRADE = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n';

describe('a webhook', () => {
  let server: Server;
  afterEach(() => new Promise((closed) => server.close(closed)));

  /** Calls a receiver that does this with the connection as soon as it has been sent something. */
  async function call(answer: (socket: Socket) => void, timeoutMs = 60_000): Promise<void> {
    server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => answer(socket));
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const rules = { allowHttp: true, privateNetworks: networks('127.0.0.0/8')!, timeoutMs };
    await callWebhook({ url, secret: newSecret(), eventId: 'e', body: '{}' }, rules);
  }

  it('takes an event by any 2xx', async () => {
    await call((socket) => socket.write('HTTP/1.1 202 Accepted\r\n\r\n'));
  });

  it.each([
    ['switches protocols', UPGRADE, 'answered 101'],
    ['switches protocols and talks on', `${UPGRADE}HTTP/1.1 200 OK\r\n\r\n`, 'answered 101'],
    ['redirects', 'HTTP/1.1 302 Found\r\nLocation: http://10.0.0.1/\r\n\r\n', 'answered 302'],
    ['speaks no HTTP', 'hello\r\n', /Parse Error/],
  ])('that %s has not taken it', async (_, answer, reason) => {
    await expect(call((socket) => socket.write(answer))).rejects.toThrow(reason);
  });

  it.each([
    ['closes without a word', (socket: Socket) => socket.end(), 'socket hang up'],
    ['breaks the connection', (socket: Socket) => socket.resetAndDestroy(), /ECONNRESET/],
    ['closes before its answer is whole', (socket: Socket) => socket.end('HTTP/1.1 200'), /socket hang up|Parse Error/],
  ])('that %s has not taken it', async (_, answer, reason) => {
    await expect(call(answer)).rejects.toThrow(reason);
  });

  it.each(['', 'HTTP/1.1 103 Early Hints\r\n\r\n'])('that says no more than %j is given up in time', async (answer) => {
    await expect(call((socket) => socket.write(answer), 200)).rejects.toThrow(CallFailed);
  });
});
