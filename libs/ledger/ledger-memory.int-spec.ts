import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROWS = Number(process.env.LEDGER_ROWS ?? 100_000);
/** Usual are 90 to 215; an import may use 400 in all. */
const MOST_MEGABYTES = 256;

/** Runs in a process of its own, so that only this one's memory is counted. */
const CHILD = `
const { createWriteStream, readFileSync } = require('node:fs');
const [mode, path, compiled] = process.argv.slice(1);
const ledger = (name) => require(compiled + '/libs/ledger/' + name + '.js');
const resolveAny = (text) => text;
const vocabulary = { currency: 'CNY', resolveRegion: resolveAny, resolvePartner: resolveAny, resolveCluster: resolveAny };
const money = (value) => ({ value, currency: 'CNY', bound: 'exact' });
function* rows() {
  for (let at = 0; at < ${ROWS}; at++) yield {
    code: 'A-' + at, title: '示例项目第' + at + '号：风电装备制造与运维（虚构）', investor: '示例（虚构）第' + at + '能源有限公司',
    origin: '310000', prefecture: '650200', cluster: 'oil-gas', industry: '新能源', estimatedInvestment: money(at + '000.25'),
    responsibleUnit: '示例单位' + (at % 100), conference: 'karamay-2024', proposedOn: '2024-01-03', promotedOn: '2024-05-13',
    investmentAmount: money('520000000.00'), investmentSignedOn: '2024-05-13', plannedStart: '2024-09-01',
    plannedCompletion: '2026-09-01', legalEntity: '示例公司' + at, landedOn: '2024-08-01', landingEvidence: '营业执照 ' + at, status: 'active',
  };
}
async function main() {
  const started = Date.now();
  let count = 0;
  let errors = 0;
  if (mode === 'read') {
    for await (const row of ledger('read-ledger').readLedger({ path }, { vocabulary })) {
      count++;
      errors += row.errors.length;
    }
  } else if (mode === 'report') {
    const remarks = (function* () { for (let row = 3; row <= ${ROWS} + 2; row++) yield { row, text: '未变化' }; })();
    const options = { language: 'zh', sheet: path.endsWith('.xlsx') ? '项目台账' : '', headerRow: path.endsWith('.xlsx') ? 2 : 1 };
    await ledger('report-workbook').writeReport({ path }, remarks, createWriteStream(path + '.report'), options);
  } else {
    const { writeLedgerXlsx, writeLedgerCsv } = ledger('write-ledger');
    await (path.endsWith('.xlsx') ? writeLedgerXlsx : writeLedgerCsv)(rows(), createWriteStream(path), { language: 'zh', currency: 'CNY' });
  }
  // Linux counts in maxRSS what the process had in it that started this one.
  const own = process.platform === 'linux' && /VmHWM:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1];
  const megabytes = Math.round((own || process.resourceUsage().maxRSS) / 1024);
  console.log(JSON.stringify({ count, errors, megabytes, seconds: (Date.now() - started) / 1000 }));
}
main();
`;

interface Measured {
  count: number;
  errors: number;
  megabytes: number;
  seconds: number;
}

describe(`${ROWS} rows`, () => {
  let folder: string;
  // Beside node_modules, so that the compiled files find their libraries.
  const compiled = resolve('.cache', `ledger-memory-${process.pid}`);
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'luodi-memory-'));
    const swc = resolve('node_modules/@swc/cli/bin/swc.js');
    await run(process.execPath, [swc, 'libs/ledger', 'libs/project', '-d', compiled, '--config-file', '.swcrc']);
  });
  afterAll(() => Promise.all([folder, compiled].map((each) => rm(each, { recursive: true, force: true }))));

  async function measure(mode: 'write' | 'read' | 'report', file: string): Promise<Measured> {
    const { stdout } = await run(process.execPath, ['-e', CHILD, mode, join(folder, file), compiled]);
    const measured = JSON.parse(stdout) as Measured;
    process.stdout.write(`${mode} ${file}: ${measured.seconds} s, ${measured.megabytes} MB\n`);
    return measured;
  }

  it.each(['ledger.xlsx', 'ledger.csv'])(
    'stream to %s, back again and into the report, in little memory',
    async (file) => {
      const [written, read, reported] = [
        await measure('write', file),
        await measure('read', file),
        await measure('report', file),
      ];
      expect([read.count, read.errors]).toEqual([ROWS, 0]);
      for (const { megabytes } of [written, read, reported]) expect(megabytes).toBeLessThan(MOST_MEGABYTES);
    },
    300_000,
  );
});
