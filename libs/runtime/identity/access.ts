import { CanActivate, createParamDecorator, ExecutionContext, Inject, Injectable, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Role } from '../../audit/hash-chain';
import type { Readable } from 'node:stream';
import { forbidden, Problem } from '../http/problem';
import { IDENTITY, type Caller, type Identity } from './identity';

const PUBLIC = 'luodi:public';
const WRITERS = 'luodi:roles';

/**
 * Open to everybody who reads, token or not. Every other route needs a token, of any role unless {@link Roles} says
 * otherwise; and so does, on any route, whatever may carry a body ({@link identifyFirst}).
 */
export const Public = () => SetMetadata(PUBLIC, true);

/** The roles that may use a controller or method. */
export const Roles = (...roles: Role[]) => SetMetadata(WRITERS, roles);

type IdentifiedRequest = FastifyRequest & {
  caller?: Caller;
  /** Asks once more, for answers that go on; missing on public routes. */
  identifyAgain?: () => Promise<Caller>;
};

/** The caller of this request, as a parameter of a controller's method. */
export const CurrentCaller = createParamDecorator((_: unknown, context: ExecutionContext): Caller => {
  return callerOf(context.switchToHttp().getRequest<FastifyRequest>());
});

/** Who sent this request. @throws Error on a public route, which knows no caller */
export function callerOf(request: FastifyRequest): Caller {
  const { caller } = request as IdentifiedRequest;
  if (!caller) throw new Error('this route is public and knows no caller');
  return caller;
}

const READING = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Asks who sends a request before anything of its body is looked at. Guards run after the body has been read: without
 * this, a stranger would be told what is wrong with it, and could have us read it.
 */
export function identifyFirst(fastify: FastifyInstance, identity: Identity): void {
  fastify.addHook('onRequest', async (request: IdentifiedRequest) => {
    if (!READING.has(request.method)) request.caller = await identify(identity, request);
  });
}

function identify(identity: Identity, { headers, raw }: FastifyRequest): Promise<Caller> {
  const { authorization, host, origin } = headers;
  return identity.identify({ authorization, host, origin, remoteAddress: raw.socket.remoteAddress });
}

/** Comes on top of the seconds for which an {@link Identity} believes what it has looked up. */
const ASKED_AGAIN_MS = 1_000;

/**
 * Ends an answer that goes on, such as server-sent events, once whoever asked for it would not be let in any more: the
 * guard has asked only at its beginning. A lookup that fails decides nothing.
 */
export function endWhenRefused<Answer extends Readable>(answer: Answer, request: FastifyRequest): Answer {
  const { identifyAgain } = request as IdentifiedRequest;
  const asking = setInterval(() => {
    identifyAgain?.().catch((error: unknown) => {
      if (error instanceof Problem) answer.destroy();
    });
  }, ASKED_AGAIN_MS);
  answer.once('close', () => clearInterval(asking));
  return answer;
}

/** Lets in whom {@link Identity} knows and whose role fits. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    @Inject(IDENTITY) private readonly identity: Identity,
    @Inject(Reflector) private readonly reflector: Reflector,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean | undefined>(PUBLIC, targets)) return true;
    const request = context.switchToHttp().getRequest<IdentifiedRequest>();
    request.identifyAgain = () => identify(this.identity, request);
    request.caller ??= await request.identifyAgain();
    requireRole(request.caller, this.reflector.getAllAndOverride<Role[] | undefined>(WRITERS, targets));
    return true;
  }
}

function requireRole(caller: Caller, roles: readonly Role[] | undefined): void {
  const { role } = caller.actor;
  if (!roles || roles.includes(role)) return;
  throw forbidden('role', {
    zh: `角色 ${role} 无权进行此操作（需要：${roles.join('、')}）`,
    en: `the role ${role} may not do this; it takes ${roles.join(' or ')}`,
  });
}
