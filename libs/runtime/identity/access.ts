import { CanActivate, createParamDecorator, ExecutionContext, Inject, Injectable, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { Role } from '../../audit/hash-chain';
import { forbidden } from '../http/problem';
import { IDENTITY, type Caller, type Identity } from './identity';

const PUBLIC = 'luodi:public';
const WRITERS = 'luodi:roles';

/** Open to everybody, token or not. Every other route needs a token, of any role unless {@link Roles} says otherwise. */
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
    const { authorization, host, origin } = request.headers;
    const caller = await this.identity.identify({
      authorization,
      host,
      origin,
      remoteAddress: request.raw.socket.remoteAddress,
    });
    requireRole(caller, this.reflector.getAllAndOverride<Role[] | undefined>(WRITERS, targets));
    request.caller = caller;
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
