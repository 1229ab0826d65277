import { Money } from '../../libs/project/money';
import { Stage } from '../../libs/project/events';
import { ConferencePage, SignedFigures } from '../../libs/read-models/conferences.read-model';
import { FunnelGroup } from '../../libs/read-models/funnel.read-model';
import { count, printTable } from '../cli/output';

const STAGE_NAMES: Record<Stage, string> = {
  proposed: '谋划 Proposed',
  promoted: '推介 Promoted',
  'intent-signed': '签意向 Intent signed',
  'investment-signed': '签投资协议 Investment signed',
  landed: '落地 Landed',
  operating: '投产运营 Operating',
};

/** What was signed at a conference, and how far its projects have come, as tables in two languages. */
export function printConference(page: ConferencePage, funnel: FunnelGroup): void {
  const { agreements, since } = page;
  console.log(`\n${page.name}\n${page.place}, ${page.opensOn}; ${page.pairs} pairs 对口组合 (province × prefecture)\n`);
  printTable(
    ['Signed 签约', 'Firms 企业', 'Projects 项目', `Amount 金额 (${agreements.all.amount.currency})`],
    [
      signed('投资协议 Investment agreements', agreements.investment),
      signed('意向、框架协议 Intents and frameworks', agreements.intentAndFramework),
      signed('合计 Total', agreements.all),
    ],
    { numbers: true },
  );
  printTable(
    ['Funnel 漏斗', 'Now here 现处', 'Reached 到达', 'Committed 协议额 (reached)', 'Funds received 到位资金'],
    funnel.stages.map(({ stage, standing, reached }) => [
      STAGE_NAMES[stage],
      count(standing.projects),
      count(reached.projects),
      amount(reached.committed),
      amount(reached.fundsReceived),
    ]),
    { numbers: true },
  );
  console.log(
    `意向转投资 upgraded ${since.upgraded.projects}   在建 under construction ${since.underConstruction.projects}   ` +
      `暂停 suspended ${since.suspended.projects}   终止 terminated ${since.terminated.projects}`,
  );
}

function signed(name: string, { firms, projects, amount: money }: SignedFigures) {
  return [name, count(firms), count(projects), amount(money)];
}

/** `≥ 120,000,000,000.00`: a sum that holds a lower bound is one. */
function amount({ value, bound }: Money): string {
  const [whole = '0', decimals] = value.split('.');
  return `${bound === 'at-least' ? '≥ ' : ''}${BigInt(whole).toLocaleString('en-US')}.${decimals ?? '00'}`;
}
