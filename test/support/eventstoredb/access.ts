import type { Metadata, ServiceError } from '@grpc/grpc-js';
import { accessDenied, unauthenticated } from './failures';

export interface User {
  name: string;
  password: string;
  /** Default: yes. The server's own default is administrators only. */
  mayReadAll?: boolean;
}

/** Who may do what: without users everybody everything, like a server that runs with --insecure. */
export class Access {
  constructor(private readonly users: readonly User[] = []) {}

  refusal(metadata: Metadata, stream: string): ServiceError | undefined {
    if (this.users.length === 0) return undefined;
    const [header] = metadata.get('authorization');
    if (!header) return accessDenied();
    const [name, password] = Buffer.from(String(header).replace(/^Basic /u, ''), 'base64')
      .toString()
      .split(':');
    const user = this.users.find((known) => known.name === name && known.password === password);
    if (!user) return unauthenticated();
    return stream === '$all' && user.mayReadAll === false ? accessDenied() : undefined;
  }
}
