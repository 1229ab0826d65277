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

  /** Whose name or password is wrong has no call answered at all. */
  stranger(metadata: Metadata): ServiceError | undefined {
    return this.isRequired && headerOf(metadata) && !this.user(metadata) ? unauthenticated() : undefined;
  }

  refusal(metadata: Metadata, stream: string): ServiceError | undefined {
    if (!this.isRequired) return undefined;
    const user = this.user(metadata);
    const mayDo = user && (stream !== '$all' || user.mayReadAll !== false);
    return this.stranger(metadata) ?? (mayDo ? undefined : accessDenied());
  }

  private get isRequired(): boolean {
    return this.users.length > 0;
  }

  private user(metadata: Metadata): User | undefined {
    const [name, password] = Buffer.from(headerOf(metadata), 'base64').toString().split(':');
    return this.users.find((known) => known.name === name && known.password === password);
  }
}

function headerOf(metadata: Metadata): string {
  return String(metadata.get('authorization')[0] ?? '').replace(/^Basic /u, '');
}
