import { CivilDate } from './civil-date';
import { ProjectCommandData } from './commands';
import { ProjectEvent, ProjectEventData } from './events';
import {
  checkCode,
  checkConferenceId,
  checkMoney,
  checkPastDate,
  checkPresent,
  checkRequiredText,
  checkText,
  normalized,
  present,
  refuseFor,
} from './field-checks';
import { DecisionContext, ProgrammeFacts } from './programme-facts';
import { Reason } from './refusal';

/** The first event of a project. @throws Refusal */
export function propose(data: ProjectCommandData['Propose'], { programme, today }: DecisionContext): ProjectEvent {
  refuseFor([
    ...checkPastDate('occurredOn', data.occurredOn, today),
    ...checkText('code', data.code),
    ...checkRequiredText('title', data.title),
    ...checkRequiredText('investor', data.investor),
    ...checkPresent('origin', data.origin),
    ...checkPresent('prefecture', data.prefecture),
    ...checkPlace(data, data.occurredOn, programme),
    ...checkText('industry', data.industry),
    ...checkMoney('estimatedInvestment', data.estimatedInvestment, programme, 'or-zero'),
    ...checkText('responsibleUnit', data.responsibleUnit),
    ...checkConferenceId('conference', data.conference),
  ]);
  const estimatedInvestment = normalized(data.estimatedInvestment);
  return { type: 'ProjectProposed', data: present({ ...data, programme: programme.id, estimatedInvestment }) };
}

/** Origin, prefecture and cluster are codes of the programme on the day of the proposal. */
export function checkPlace(
  { origin, prefecture, cluster }: Pick<ProjectEventData['ProjectProposed'], 'origin' | 'prefecture' | 'cluster'>,
  on: CivilDate,
  programme: ProgrammeFacts,
): Reason[] {
  return [
    ...checkCode('origin', origin, on, (code) => programme.isPartner(code, on)),
    ...checkCode('prefecture', prefecture, on, (code) => programme.isRegion(code, on)),
    ...checkCode('cluster', cluster, on, (code) => programme.isCluster(code, on)),
  ];
}
