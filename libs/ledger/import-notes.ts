import { Money } from '../project/money';
import { Text } from '../project/refusal';
import { ProjectState } from '../project/state';
import { fundsKnown } from './import-funds';
import { amountText, isSameMoney } from './import-planning';
import { ledgerRowOf } from './ledger-row-of';
import { CellError, LedgerField, LedgerRow } from './ledger-row';

/** Said once and not kept in the state, or compared by rules of their own. */
const NOT_COMPARED: ReadonlySet<LedgerField> = new Set<LedgerField>([
  'id',
  'code',
  'venue',
  'landingEvidence',
  'operationEvidence',
  'fundsReceived',
  'fundsReceivedOn',
  'investmentAmount',
  'intentAmount',
  'revisedCommitment',
  'promotedOn',
  'intentSignedOn',
]);

/** What the row says otherwise than the project after all commands: no event can express it. */
export function remainingDifferences(row: LedgerRow, state: ProjectState | undefined): CellError[] {
  if (!state) return [];
  const known = ledgerRowOf(state, row.id ?? '');
  const notes: CellError[] = [];
  for (const [field, wanted] of Object.entries(row) as [LedgerField, string | Money | undefined][]) {
    if (wanted === undefined || NOT_COMPARED.has(field)) continue;
    if (write(wanted) !== write(known[field])) notes.push(difference(field, write(wanted), write(known[field])));
  }
  notes.push(...fundsBound(row, state));
  return notes.filter(({ field }) => !(field === 'conference' && isKnownConference(row, state)));
}

/** The sum is known, but not whether it is exact, and of several receipts not which one is meant. */
function fundsBound(row: LedgerRow, state: ProjectState): CellError[] {
  const wanted = row.fundsReceived;
  const known = fundsKnown(row, state);
  if (!wanted || wanted.value !== known.value || isSameMoney(known, wanted)) return [];
  return [difference('fundsReceived', write(wanted), write(known))];
}

/** Which command records what an import does not: a ledger does not tell a new investor from a misprint of the old one. */
const OTHERWISE: Partial<Record<LedgerField, Text>> = {
  investor: {
    zh: '：更换投资方请用命令 ChangeInvestor（POST /api/v1/projects/{id}/investor-change）登记',
    en: ': a change of investor is recorded by the command ChangeInvestor (POST /api/v1/projects/{id}/investor-change)',
  },
  fundsReceived: {
    zh: '：请更正具体的到位记录是否为下限',
    en: ': correct the receipt that is a lower bound, or is not',
  },
};

function difference(field: LedgerField, wanted: string, known: string): CellError {
  const text = known
    ? {
        zh: `台账为“${wanted}”，系统为“${known}”，导入不能改变此项${OTHERWISE[field]?.zh ?? ''}`,
        en: `the ledger says "${wanted}", the record "${known}"; an import cannot change it${OTHERWISE[field]?.en ?? ''}`,
      }
    : {
        zh: `“${wanted}”未登记：此项只能随所属的里程碑一同登记`,
        en: `"${wanted}" is not recorded: it is only together with the milestone it belongs to`,
      };
  return { field, code: 'not-recorded', text };
}

function isKnownConference({ conference }: LedgerRow, state: ProjectState): boolean {
  return state.milestones.some((standing) => standing.conference === conference);
}

function write(value: string | Money | undefined): string {
  return typeof value === 'string' ? value : amountText(value);
}
