/** One command over HTTP: where to, with what, under which key. */
export interface Request {
  path: string;
  key: string;
  body: object;
}

export interface Acknowledged extends Request {
  status: number;
  answer: { id: string; revision: number; position: string; eventIds: string[] };
}

type Send = (request: Request) => Promise<Acknowledged>;

const PREFECTURES = ['650100', '650200', '652300', '653200'];
const ORIGINS = ['310000', '110000', '140000', '440300'];

/** Takes projects from proposal to operation, one command after the other, until told to stop. */
export async function liveProjects(writer: number, send: Send, stopped: () => boolean): Promise<void> {
  for (let serial = 0; !stopped(); serial += 1) {
    const { answer } = await send(proposal(writer, serial));
    for (const [path, body] of lifeOf(writer, serial)) {
      if (stopped()) return;
      await send({ path: `/api/v1/projects/${answer.id}/${path}`, key: `w${writer}-${serial}-${path}`, body });
    }
  }
}

function proposal(writer: number, serial: number): Request {
  const code = `W${writer}-${serial}`;
  const body = {
    occurredOn: '2024-04-01',
    // Every third has no code: its id comes from the key alone.
    ...(serial % 3 === 0 ? {} : { code }),
    title: `Project ${code}`,
    investor: `Investor ${writer}`,
    origin: ORIGINS[writer % ORIGINS.length],
    prefecture: PREFECTURES[serial % PREFECTURES.length],
  };
  return { path: '/api/v1/projects', key: `w${writer}-${serial}-proposal`, body };
}

function lifeOf(writer: number, serial: number): [string, object][] {
  const amount = { value: `${1_000_000 * (writer + 1) + serial}.50`, bound: serial % 2 ? 'exact' : 'at-least' };
  const evidence = [{ kind: 'business-licence', reference: `L-${writer}-${serial}` }];
  return [
    ['intent-signing', { occurredOn: '2024-05-13', agreement: serial % 2 ? 'intent' : 'framework', amount }],
    ['investment-signing', { occurredOn: '2024-06-20', amount }],
    ['landing', { occurredOn: '2024-07-01', legalEntity: `Entity ${writer}-${serial}`, evidence }],
    ['construction-start', { occurredOn: '2024-08-01' }],
    ['funds', { occurredOn: '2024-09-01', amount: { value: '250000.25' } }],
    ['corrections', { milestone: 'landed', correctedOn: '2024-07-02', reason: 'the licence says so' }],
    ['operation', { occurredOn: '2025-01-01', evidence }],
    ['revocations', { milestone: 'operating', reason: 'not yet' }],
    ['termination', { occurredOn: '2025-02-01', reason: 'withdrawn' }],
  ];
}
