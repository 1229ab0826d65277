import { forbidden } from '../http/problem';
import { Caller, Credentials, Identity } from './identity';

const LOCAL_OPERATOR: Caller = {
  actor: { subject: 'local', name: 'Local operator', role: 'administrator', unit: 'local' },
  prefectures: [],
};

/**
 * For the demo: whoever sits at this machine may do everything. The connection itself must come from the loopback
 * address (what a proxy says of others is not asked), and a page of another site in the local browser stays outside.
 */
export class LocalIdentity implements Identity {
  async identify({ remoteAddress, host, origin }: Credentials): Promise<Caller> {
    if (!isLoopback(remoteAddress) || !isLocalName(host) || (origin !== undefined && hostOf(origin) !== host)) {
      throw forbidden('not-local', {
        zh: '本服务以 AUTH=local 运行，只接受本机访问；请设置 AUTH=token 并创建令牌',
        en: 'this server runs with AUTH=local and lets in its own machine alone; set AUTH=token and create tokens',
      });
    }
    return LOCAL_OPERATOR;
  }
}

/** Whether the address of a connection's other end is this machine: 127.0.0.0/8, ::1, and the former mapped into IPv6. */
export function isLoopback(address: string | undefined): boolean {
  if (address === undefined) return false;
  return address === '::1' || /^(::ffff:)?127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/i.test(address);
}

/** Whether a `Host` header names this machine. Any other name was made to point here (DNS rebinding). */
function isLocalName(host: string | undefined): boolean {
  const name = (host ?? '').replace(/:\d+$/, '').toLowerCase();
  return name === 'localhost' || name.endsWith('.localhost') || name === '[::1]' || isLoopback(name);
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
