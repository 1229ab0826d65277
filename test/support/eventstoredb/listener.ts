import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { freePort } from '../free-port';

/** The port the server is reached by, apart from the gRPC server, so that connections can be broken and refused while it lives. */
export class Listener {
  port = 0;
  /** Connections that have been taken, also those that are gone. */
  accepted = 0;
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();

  constructor(accept: (socket: Socket) => void) {
    this.server = createServer((socket) => {
      this.sockets.add(socket);
      this.accepted += 1;
      socket.setNoDelay(true);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => this.sockets.delete(socket));
      accept(socket);
    });
  }

  get connections(): number {
    return this.sockets.size;
  }

  /** The first time on a free port, then on the same. */
  async open(): Promise<void> {
    this.port ||= await freePort();
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
  }

  drop(): void {
    for (const socket of this.sockets) socket.resetAndDestroy();
  }

  async close(): Promise<void> {
    if (!this.server.listening) return;
    const closed = once(this.server, 'close');
    this.server.close();
    this.drop();
    await closed;
  }
}
