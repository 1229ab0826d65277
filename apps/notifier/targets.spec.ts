import { isAllowed, networks, targetProblem, TargetRules } from './targets';

const rules = (allowed = '', allowHttp = false): TargetRules => ({
  allowHttp,
  privateNetworks: networks(allowed) ?? raise('no networks'),
});

function raise(message: string): never {
  throw new Error(message);
}

describe('targets', () => {
  it.each([
    '127.0.0.1',
    '127.9.9.9',
    '0.0.0.0',
    '10.1.2.3',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:a9fe:a9fe',
    '::127.0.0.1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    'fc00::1',
    'fd12:3456::1',
    'fe80::1',
    'ff02::1',
    '::ffff:0:10.0.0.1',
    '::ffff:0:7f00:1',
    '3fff::1',
    '3fff:fff:ffff::1',
    '5f00::1',
  ])('refuses %s', (address) => {
    expect(isAllowed(address, rules())).toBe(false);
  });

  it.each(['8.8.8.8', '172.32.0.1', '100.128.0.1', '2600:1f18::1', '3ffe::1', '4000::1', '5f01::1', '::ffff:8.8.8.8'])(
    'lets %s pass',
    (address) => {
      expect(isAllowed(address, rules())).toBe(true);
    },
  );

  it('lets pass what the configuration allows, and no more', () => {
    const allowed = rules('10.20.0.0/16, ::1/128');
    expect(['10.20.9.9', '10.21.0.1', '::1', '127.0.0.1'].map((address) => isAllowed(address, allowed))).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });

  it.each(['10.0.0.0', '10.0.0.0/33', 'internal/8', '::1/129', '10.0.0.0/8/8', '10.0.0.0/-1'])(
    'takes %s for no network',
    (text) => {
      expect(networks(text)).toBeUndefined();
    },
  );

  it.each([
    ['hooks', 'absolute'],
    ['http://hooks.example.org/', 'https:'],
    ['ftp://hooks.example.org/', 'https:'],
    ['file:///etc/passwd', 'https:'],
    ['https://user:secret@hooks.example.org/', 'user name'],
    ['https://127.0.0.1/', 'private'],
    ['https://[::1]/', 'private'],
    ['https://2130706433/', 'private'],
    ['https://0x7f.1/', 'private'],
    ['https://[::ffff:10.0.0.1]/', 'private'],
  ])('refuses %s', (url, why) => {
    expect(targetProblem(url, rules())?.en).toContain(why);
  });

  it('takes https, and http where it is allowed', () => {
    expect(targetProblem('https://hooks.example.org/luodi?key=1', rules())).toBeUndefined();
    expect(targetProblem('http://hooks.example.org/', rules('', true))).toBeUndefined();
    expect(targetProblem('http://127.0.0.1:8080/', rules('127.0.0.0/8', true))).toBeUndefined();
  });
});
