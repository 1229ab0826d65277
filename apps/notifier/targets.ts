import { lookup as resolve } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { Text } from '../../libs/project/refusal';

// Whoever may name a webhook makes this server send requests. It must not reach what only this server can (SSRF).

/** Loopback, private, link-local, shared and special addresses: RFC 6890 and its successors. */
const SPECIAL =
  '0.0.0.0/8,10.0.0.0/8,100.64.0.0/10,127.0.0.0/8,169.254.0.0/16,172.16.0.0/12,192.0.0.0/24,192.0.2.0/24,' +
  '192.88.99.0/24,192.168.0.0/16,198.18.0.0/15,198.51.100.0/24,203.0.113.0/24,224.0.0.0/4,240.0.0.0/4,' +
  '::/96,::ffff:0:0:0/96,64:ff9b::/96,64:ff9b:1::/48,100::/64,2001::/23,2001:db8::/32,2002::/16,3fff::/20,5f00::/16,' +
  'fc00::/7,fe80::/10,fec0::/10,ff00::/8';

/** `10.0.0.0/8,::1/128` as a list to check against; empty for an empty text, undefined for one that is none. */
export function networks(text: string): BlockList | undefined {
  const list = new BlockList();
  for (const part of text.split(',').filter((each) => each.trim() !== '')) {
    const [address = '', bits = '', ...rest] = part.trim().split('/');
    const family = isIP(address);
    if (family === 0 || rest.length > 0 || !/^\d{1,3}$/.test(bits) || Number(bits) > (family === 4 ? 32 : 128)) {
      return undefined;
    }
    list.addSubnet(address, Number(bits), family === 4 ? 'ipv4' : 'ipv6');
  }
  return list;
}

const special = networks(SPECIAL) as BlockList;

/** Which webhooks may be called. */
export interface TargetRules {
  allowHttp: boolean;
  privateNetworks: BlockList;
}

/** Resolves to where this webhook must not lead. */
export class TargetRefused extends Error {
  override readonly name = 'TargetRefused';
}

/** Whether an address (IPv4 or IPv6) is one of the public Internet, or allowed by configuration. */
export function isAllowed(address: string, { privateNetworks }: TargetRules): boolean {
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  return !special.check(address, family) || privateNetworks.check(address, family);
}

/** What is wrong with the text of a webhook's address; undefined when nothing is. A name is looked up only when it is called. */
export function targetProblem(text: string, rules: TargetRules): Text | undefined {
  if (!URL.canParse(text)) return { zh: '应为完整网址', en: 'must be an absolute URL' };
  const { protocol, username, password, hostname } = new URL(text);
  const protocols = rules.allowHttp ? ['https:', 'http:'] : ['https:'];
  if (!protocols.includes(protocol)) {
    const allowed = protocols.join(' or ');
    return { zh: `协议须为 ${allowed}`, en: `must begin with ${allowed}` };
  }
  if (username || password) return { zh: '网址不得含用户名或口令', en: 'must not hold a user name or password' };
  return literalProblem(hostname, rules);
}

/** An address that is written out is never looked up, so it is checked by itself. */
function literalProblem(hostname: string, rules: TargetRules): Text | undefined {
  const address = hostname.replace(/^\[|\]$/g, '');
  if (isIP(address) === 0 || isAllowed(address, rules)) return undefined;
  return {
    zh: `${address} 是内部地址；需由管理员在 NOTIFIER_PRIVATE_NETWORKS 中放行`,
    en: `${address} is a private address; NOTIFIER_PRIVATE_NETWORKS would have to allow it`,
  };
}

/**
 * Looks a name up for one connection and refuses it when any of its addresses is not allowed. Checked here, and not before
 * the call, because a name may mean another address the next time it is asked for (DNS rebinding).
 */
export function guardedLookup(rules: TargetRules): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      const refused = addresses?.find(({ address }) => !isAllowed(address, rules));
      const [first] = addresses ?? [];
      if (error) callback(error, '', 0);
      else if (refused)
        callback(new TargetRefused(`${hostname} leads to the private address ${refused.address}`), '', 0);
      else if (options.all) callback(null, addresses);
      else callback(null, first?.address ?? '', first?.family ?? 0);
    });
  };
}
