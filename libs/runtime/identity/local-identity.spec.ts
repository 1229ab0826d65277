import { isLoopback, LocalIdentity } from './local-identity';

describe('isLoopback', () => {
  it.each(['127.0.0.1', '127.0.0.2', '127.255.255.254', '::1', '::ffff:127.0.0.1', '::FFFF:127.0.0.1'])(
    'is %s',
    (address) => {
      expect(isLoopback(address)).toBe(true);
    },
  );

  it.each([
    '10.0.0.1',
    '128.0.0.1',
    '0.0.0.0',
    '::',
    '::2',
    '::ffff:10.0.0.1',
    '127.0.0.1.evil.example',
    'fe80::1',
    '',
  ])('is not %s', (address) => expect(isLoopback(address)).toBe(false));

  it('is not a connection without an address', () => expect(isLoopback(undefined)).toBe(false));
});

describe('LocalIdentity', () => {
  const local = { remoteAddress: '127.0.0.1', host: 'localhost:3000' };
  const identify = (over: object) => new LocalIdentity().identify({ ...local, ...over });

  it.each([
    {},
    { host: '127.0.0.1:3000' },
    { host: '[::1]:3000' },
    { host: 'LOCALHOST' },
    { origin: 'http://localhost:3000' },
  ])('takes %j for the local operator', async (over) => {
    const { actor } = await identify(over);
    expect(actor).toEqual({ subject: 'local', name: 'Local operator', role: 'administrator', unit: 'local' });
  });

  it.each([
    ['another machine', { remoteAddress: '10.0.0.7' }],
    ['another machine that says it is local', { remoteAddress: '10.0.0.7', host: 'localhost' }],
    ['a name that was made to point here', { host: 'evil.example:3000' }],
    ['a page of another site', { origin: 'https://evil.example' }],
    ['a page of another port', { origin: 'http://localhost:8080' }],
    ['a page without an origin of its own', { origin: 'null' }],
    ['nobody knows whom', { host: undefined }],
  ])('keeps out %s', async (_, over) => {
    await expect(identify(over)).rejects.toMatchObject({ detail: { status: 403, code: 'not-local' } });
  });
});
