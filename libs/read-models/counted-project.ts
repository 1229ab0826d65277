import { CivilDate } from '../project/civil-date';
import { Agreement, Stage, Status } from '../project/events';
import { agreementOf, commitment, firstSigning, fundsReceived } from '../project/figures';
import { Money } from '../project/money';
import { ProgrammeFacts } from '../project/programme-facts';
import { ProjectState } from '../project/state';

/**
 * How one project is counted: once, with its current commitment, for the conference and month of its first standing signing.
 * A change of investor moves none of this: the partner it came through (`origin`) keeps the credit of the pairing, and the
 * conference that of the signing, with the firm that signed there. The project itself, with all that is committed and
 * received, stands from then on under the new investor, whom the board, exports and messages name.
 */
export interface CountedProject {
  conference: string | null;
  prefecture: string;
  origin: string;
  cluster: string | null;
  agreement: Agreement | null;
  signedOn: CivilDate | null;
  stage: Stage;
  status: Status;
  paired: boolean;
  committed: Money | null;
  fundsReceived: Money;
  constructionStarted: boolean;
}

export function countProject(state: ProjectState, programme: ProgrammeFacts): CountedProject {
  const { proposal, stage, status } = state;
  const signing = firstSigning(state);
  return {
    conference: (signing ? signing.conference : conferenceBeforeSigning(state)) ?? null,
    prefecture: proposal.prefecture,
    origin: proposal.origin,
    cluster: proposal.cluster ?? null,
    agreement: agreementOf(state) ?? null,
    signedOn: signing?.occurredOn ?? null,
    stage,
    status,
    paired: programme.isPaired(proposal.origin, proposal.prefecture, signing?.occurredOn ?? proposal.occurredOn),
    committed: commitment(state) ?? null,
    fundsReceived: fundsReceived(state, programme.currency),
    constructionStarted: state.milestones.some(({ milestone }) => milestone === 'construction-started'),
  };
}

/** Where it was promoted, else where it was proposed. */
function conferenceBeforeSigning(state: ProjectState): string | undefined {
  return state.milestones.find(({ milestone }) => milestone === 'promoted')?.conference ?? state.proposal.conference;
}
