import { Actor } from '../../audit/hash-chain';

/** Who is asking: the actor that events will name, and the regions a clerk may write for (empty for other roles). */
export interface Caller {
  actor: Actor;
  prefectures: readonly string[];
}

/** What a request shows of the one who sent it. Forwarding headers are left out: anybody can write them. */
export interface Credentials {
  authorization?: string;
  /** Address of the other end of the connection. */
  remoteAddress?: string;
  host?: string;
  origin?: string;
}

/** Tells who is asking. Tokens are one way; OpenID Connect can be another. */
export interface Identity {
  /** @throws Problem with status 401 or 403 for somebody who may not come in */
  identify(credentials: Credentials): Promise<Caller>;
}

/** Nest token of the {@link Identity} in use. */
export const IDENTITY = Symbol('IDENTITY');
