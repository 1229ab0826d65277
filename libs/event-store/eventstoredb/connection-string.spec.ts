import fc from 'fast-check';
import { Connection } from './connection';
import { readConnectionString } from './connection-string';

const SECRET = 'hunter2-Geheim';
const WITH_SECRET = `esdb://luodi:${SECRET}@n1:2113,n2:2113`;

/** What is said of a connection string by whoever makes a connection of it: on stderr, and by its error. */
function saidOf(url: string): { warnings: unknown[][]; error: string } {
  const warn = jest.spyOn(console, 'warn').mockImplementation(() => undefined);
  try {
    new Connection(url);
    return { warnings: warn.mock.calls, error: '' };
  } catch (error) {
    const { message, stack, ...rest } = error as Error;
    return { warnings: warn.mock.calls, error: JSON.stringify([message, stack, rest, (error as Error).cause]) };
  } finally {
    warn.mockRestore();
  }
}

test.each([
  ['esdb://localhost', 'localhost', true],
  [' esdb://localhost:2113/ ', 'localhost:2113', true],
  ['esdb://localhost:2113?tls=false', 'localhost:2113', true],
  [`${WITH_SECRET}?nodePreference=leader`, 'n1:2113,n2:2113', true],
  [`${WITH_SECRET}/?tls=true&Node-Preference=Follower`, 'n1:2113,n2:2113', false],
  [`esdb+discover://luodi:${SECRET}@cluster.example?node_preference=random`, 'cluster.example', false],
])('%s is read as the client reads it', (url, hosts, requiresLeader) => {
  expect(readConnectionString(url)).toEqual({ hosts, requiresLeader });
  expect(saidOf(url)).toEqual({ warnings: [], error: '' });
});

test.each([
  ['?tlsCaFiel=ca.crt', /option 1 .*tlsCAFile/],
  ['?tls=true&nodePreferance=leader', /option 2 .*nodePreference/],
  ['?tls&nodePreference=leader', /option 1/],
  ['?tls=true&', /option 2/],
  ['?tls=true&tlsVerifyCert=false', /tlsCAFile/],
  ['?tlsVerifyCert=false&tlsVerifyCert=tls', /option 2 .*again/],
  ['?nodePreference=leader&node-preference=random', /option 2 .*again/],
  ['?tls=maybe', /true or false/],
  [',n3:here', /port number/],
  ['?tlsCAFile=/nowhere/ca.crt', /certificate file.*not found/i],
])('%s after the hosts is refused with a word that helps', (rest, word) => {
  const { warnings, error } = saidOf(`${WITH_SECRET}${rest}`);
  expect(error).toMatch(word);
  expect(error).not.toContain(SECRET);
  expect(warnings).toEqual([]);
});

test('whatever stands in it, nothing that is said holds a part of it', () => {
  const word = fc.constantFrom(
    'tls',
    'true',
    'false',
    'tlsVerifyCert',
    'keepAliveInterval',
    '20000',
    SECRET,
    '@',
    '?',
    '/',
    '',
  );
  const option = fc.tuple(word, fc.constantFrom('=', '=', '=', '&', ''), word).map((parts) => parts.join(''));
  const options = fc.array(option, { maxLength: 4 }).map((all) => all.join('&'));
  const start = fc.constantFrom('@n1:2113?', '@n1:2113,n2?', '@?', '@n1:here?', '?', `${SECRET}@${SECRET}?`);
  fc.assert(
    fc.property(start, options, (hosts, rest) => {
      const { warnings, error } = saidOf(`esdb://luodi:${SECRET}${hosts}${rest}`);
      expect(warnings).toEqual([]);
      expect(error).not.toContain(SECRET);
    }),
    { numRuns: 500 },
  );
});
