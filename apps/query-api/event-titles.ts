import { ConferenceEventType } from '../../libs/conference/events';
import { ProjectEventType } from '../../libs/project/events';
import { Text } from '../../libs/project/refusal';

/** What each event is called where people read it. */
export const EVENT_TITLES: Record<ProjectEventType | ConferenceEventType, Text> = {
  ProjectProposed: { zh: '谋划', en: 'Proposed' },
  ProjectPromoted: { zh: '推介', en: 'Promoted' },
  IntentSigned: { zh: '签订意向（框架）协议', en: 'Intent or framework agreement signed' },
  InvestmentSigned: { zh: '签订投资协议', en: 'Investment agreement signed' },
  ProjectLanded: { zh: '落地', en: 'Landed' },
  ConstructionStarted: { zh: '开工', en: 'Construction started' },
  FundsReceived: { zh: '资金到位', en: 'Funds received' },
  ProjectOperating: { zh: '投产运营', en: 'Operating' },
  CommitmentRevised: { zh: '调整投资额', en: 'Commitment revised' },
  ProjectSuspended: { zh: '暂停', en: 'Suspended' },
  ProjectResumed: { zh: '恢复', en: 'Resumed' },
  ProjectTerminated: { zh: '终止', en: 'Terminated' },
  InvestorChanged: { zh: '更换投资方', en: 'Investor changed' },
  MilestoneCorrected: { zh: '更正', en: 'Milestone corrected' },
  MilestoneRevoked: { zh: '撤销', en: 'Milestone revoked' },
  ResponsibilityAssigned: { zh: '明确责任', en: 'Responsibility assigned' },
  ConferenceOpened: { zh: '推介会开幕', en: 'Conference opened' },
  SubVenueAdded: { zh: '增设分会场', en: 'Sub-venue added' },
  ConferenceClosed: { zh: '推介会闭幕', en: 'Conference closed' },
};

/** The title of an event; of one this version does not know, its wire name. */
export function titleOf(type: string): Text {
  return Object.hasOwn(EVENT_TITLES, type) ? EVENT_TITLES[type as keyof typeof EVENT_TITLES] : { zh: type, en: type };
}
