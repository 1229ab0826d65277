import { CanActivate, createParamDecorator, ExecutionContext, Inject, Injectable, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Role } from '../../audit/hash-chain';
import { forbidden } from '../http/problem';
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

type IdentifiedRequest = FastifyRequest & { caller?: Caller };

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
    request.caller ??= await identify(this.identity, request);
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
