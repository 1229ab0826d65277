// Makes the user that Luodi works as, and sets who may do what in an EventStoreDB that it does not share. Run as the
// administrator, as often as one likes: what is done already is left as it is.
//   EVENTSTOREDB_ADMIN_URL   esdb://admin:…@host:2113?…
//   EVENTSTOREDB_PASSWORD    of the new user
//   EVENTSTOREDB_USER        its name; default luodi
//   NODE_EXTRA_CA_CERTS      who signed the nodes' certificates, where that is nobody Node knows (users are made over HTTP)
import { isDeepStrictEqual } from 'node:util';
import { BACKWARDS, END, EventStoreDBClient, jsonEvent, StreamNotFoundError } from '@eventstore/db-client';

const {
  EVENTSTOREDB_ADMIN_URL: url = '',
  EVENTSTOREDB_PASSWORD: password,
  EVENTSTOREDB_USER: user = 'luodi',
} = process.env;
const address = /^esdb(?:\+discover)?:\/\/([^:@/]+):([^@/]+)@([^,/?]+)/.exec(url);
if (!address || !password)
  throw new Error('set EVENTSTOREDB_ADMIN_URL (with user and password) and EVENTSTOREDB_PASSWORD');
const [, adminName, adminPassword, host] = address;

/** Nobody but administrators deletes a stream or changes its metadata: $maxAge or $maxCount there would delete events. */
const SETTINGS = {
  $userStreamAcl: {
    $r: [user, '$admins'],
    $w: [user, '$admins'],
    $d: '$admins',
    $mr: [user, '$admins'],
    $mw: '$admins',
  },
  $systemStreamAcl: { $r: '$admins', $w: '$admins', $d: '$admins', $mr: '$admins', $mw: '$admins' },
};
/** To follow all events one must be allowed to read all, system events as well. */
const ALL = { $acl: { $r: [user, '$admins'], $w: '$admins', $d: '$admins', $mr: '$admins', $mw: '$admins' } };

const client = connect();
await makeUser();
await settle('$settings', 'update-default-acl', SETTINGS);
await settle('$$$all', '$metadata', ALL);
// Its dispose() waits for a call that it keeps open itself.
process.exit();

/** What the client cannot take, or does not know, it shows with the whole address, the password in it. */
function connect() {
  const { warn } = console;
  let isUnderstood = true;
  console.warn = () => (isUnderstood = false);
  try {
    const connected = EventStoreDBClient.connectionString(url);
    if (isUnderstood) return connected;
  } catch {
    // Told below.
  } finally {
    console.warn = warn;
  }
  throw new Error('EVENTSTOREDB_ADMIN_URL is no connection string of EventStoreDB, or has an option that there is not');
}

async function makeUser() {
  const scheme = /[?&]tls=false/i.test(url) ? 'http' : 'https';
  const credentials = `${decodeURIComponent(adminName)}:${decodeURIComponent(adminPassword)}`;
  const response = await fetch(`${scheme}://${host.includes(':') ? host : `${host}:2113`}/users`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Basic ${Buffer.from(credentials).toString('base64')}`,
    },
    body: JSON.stringify({ LoginName: user, FullName: 'Luodi', Groups: [], Password: password }),
  });
  if (response.status !== 409 && !response.ok)
    throw new Error(`the user ${user} cannot be made: HTTP ${response.status}`);
  console.log(`user ${user}: ${response.ok ? 'made' : 'is there'}`);
}

async function settle(stream, type, wanted) {
  if (isDeepStrictEqual(await lastOf(stream), wanted)) return console.log(`${stream}: is as wanted`);
  await client.appendToStream(stream, jsonEvent({ type, data: wanted }));
  console.log(`${stream}: set`);
}

async function lastOf(stream) {
  try {
    for await (const { event } of client.readStream(stream, { direction: BACKWARDS, fromRevision: END, maxCount: 1 })) {
      return event?.data;
    }
  } catch (error) {
    if (!(error instanceof StreamNotFoundError)) throw error;
  }
  return undefined;
}
