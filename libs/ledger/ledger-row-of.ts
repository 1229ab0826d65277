import { ProjectState } from '../project/state';
import { LedgerRow } from './ledger-row';

/** The row of a ledger that says what is known of a project; importing it again changes nothing. */
export declare function ledgerRowOf(state: ProjectState, id: string): LedgerRow;
