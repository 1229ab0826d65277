import { Agreement, Stage, Status } from '../../libs/project/events';
import { Text } from '../../libs/project/refusal';

export const STAGE_NAMES: Record<Stage, Text> = {
  proposed: { zh: '谋划', en: 'Proposed' },
  promoted: { zh: '推介', en: 'Promoted' },
  'intent-signed': { zh: '签意向', en: 'Intent signed' },
  'investment-signed': { zh: '签投资协议', en: 'Investment signed' },
  landed: { zh: '落地', en: 'Landed' },
  operating: { zh: '投产运营', en: 'Operating' },
};

export const STATUS_NAMES: Record<Status, Text> = {
  active: { zh: '推进中', en: 'Active' },
  suspended: { zh: '暂停', en: 'Suspended' },
  terminated: { zh: '终止', en: 'Terminated' },
};

export const AGREEMENT_NAMES: Record<Agreement, Text> = {
  intent: { zh: '意向协议', en: 'Intent' },
  framework: { zh: '框架协议', en: 'Framework agreement' },
  investment: { zh: '投资协议', en: 'Investment agreement' },
};
