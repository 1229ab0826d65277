import { type IntentAgreement, type Milestone, MILESTONES } from '../../../libs/project/events';
import { LONG_TEXT_LIMIT, TEXT_LIMIT } from '../../../libs/project/field-checks';
import { ChoiceField, DayField, ObjectField, ObjectListField, RevisionField, TextField } from './fields';
import { EvidenceBody, MoneyBody } from './parts';

const MONEY = { value: '520000000.00', currency: 'CNY', bound: 'exact' };
const EVIDENCE = [{ kind: 'business-licence', reference: '91650200MA000000X0' }];

const OccurredOn = (example: string) =>
  DayField({ description: "The day on which it happened, in the programme's time zone.", example });
const Conference = () =>
  TextField({ description: 'Id of the conference it happened at.', example: 'karamay-2024', optional: true });
const Reason = (example: string) => TextField({ description: 'Why.', example, maxLength: LONG_TEXT_LIMIT });

export class ProposalBody {
  @OccurredOn('2024-03-01')
  occurredOn!: string;

  @TextField({
    description:
      "The project's code in its own ledger: proposing it twice is noticed, in full width or with blanks around it too.",
    example: 'KLMY-2024-001',
    optional: true,
    maxLength: TEXT_LIMIT,
  })
  code?: string;

  @TextField({ description: 'What is to be built.', example: '风电装备制造基地', maxLength: TEXT_LIMIT })
  title!: string;

  @TextField({ description: 'Who invests.', example: '上海某新能源有限公司', maxLength: TEXT_LIMIT })
  investor!: string;

  @TextField({ description: 'Code of the partner (aid province) the investor comes from.', example: '310000' })
  origin!: string;

  @TextField({ description: 'Code of the region it is to be built in.', example: '650200' })
  prefecture!: string;

  @TextField({ description: 'Id of the industrial cluster.', example: 'new-energy-materials', optional: true })
  cluster?: string;

  @TextField({ description: 'Industry, in words.', example: '装备制造', optional: true, maxLength: TEXT_LIMIT })
  industry?: string;

  @ObjectField({ description: 'What it is estimated to cost.', type: MoneyBody, example: MONEY, optional: true })
  estimatedInvestment?: MoneyBody;

  @TextField({ description: 'Unit that looks after it.', example: '市商务局', optional: true, maxLength: TEXT_LIMIT })
  responsibleUnit?: string;

  @Conference()
  conference?: string;
}

export class PromotionBody {
  @OccurredOn('2024-05-13')
  occurredOn!: string;

  @TextField({ description: 'Id of the conference at which it was promoted.', example: 'karamay-2024' })
  conference!: string;

  @TextField({ description: 'Sub-venue.', example: '克拉玛依分会场', optional: true, maxLength: TEXT_LIMIT })
  venue?: string;
}

export class IntentSigningBody {
  @OccurredOn('2024-05-13')
  occurredOn!: string;

  @ChoiceField({
    description: 'Neither of them binds.',
    choices: ['intent', 'framework'] satisfies IntentAgreement[],
    example: 'framework',
  })
  agreement!: IntentAgreement;

  @ObjectField({
    description: 'What was signed for. Required unless the programme knows no money.',
    type: MoneyBody,
    example: { value: '500000000.00', currency: 'CNY', bound: 'at-least' },
    optional: true,
  })
  amount?: MoneyBody;

  @Conference()
  conference?: string;
}

export class InvestmentSigningBody {
  @OccurredOn('2024-06-20')
  occurredOn!: string;

  @ObjectField({
    description: 'What was signed for. Required unless the programme knows no money.',
    type: MoneyBody,
    example: MONEY,
    optional: true,
  })
  amount?: MoneyBody;

  @DayField({ description: 'When building is to begin.', example: '2024-09-01', optional: true })
  plannedStart?: string;

  @DayField({ description: 'When it is to be finished.', example: '2026-06-30', optional: true })
  plannedCompletion?: string;

  @Conference()
  conference?: string;
}

export class LandingBody {
  @OccurredOn('2024-08-01')
  occurredOn!: string;

  @TextField({ description: 'Company founded for it.', example: '克拉玛依某新能源有限公司', maxLength: TEXT_LIMIT })
  legalEntity!: string;

  @ObjectListField({ description: 'What proves it.', type: EvidenceBody, example: EVIDENCE, minItems: 1 })
  evidence!: EvidenceBody[];
}

export class ConstructionStartBody {
  @OccurredOn('2024-09-10')
  occurredOn!: string;

  @ObjectListField({ description: 'What proves it.', type: EvidenceBody, example: EVIDENCE, optional: true })
  evidence?: EvidenceBody[];
}

export class FundsBody {
  @OccurredOn('2024-10-15')
  occurredOn!: string;

  @ObjectField({ description: 'What arrived with this receipt.', type: MoneyBody, example: MONEY })
  amount!: MoneyBody;

  @ObjectListField({ description: 'What proves it.', type: EvidenceBody, example: EVIDENCE, optional: true })
  evidence?: EvidenceBody[];
}

export class OperationBody {
  @OccurredOn('2025-05-20')
  occurredOn!: string;

  @ObjectListField({ description: 'What proves it.', type: EvidenceBody, example: EVIDENCE, minItems: 1 })
  evidence!: EvidenceBody[];
}

export class CommitmentRevisionBody {
  @OccurredOn('2024-11-01')
  occurredOn!: string;

  @ObjectField({ description: 'What is committed from now on.', type: MoneyBody, example: MONEY })
  amount!: MoneyBody;

  @Reason('二期增资')
  reason!: string;
}

export class StatusChangeBody {
  @OccurredOn('2024-12-01')
  occurredOn!: string;

  @Reason('等待用地审批')
  reason!: string;
}

export class InvestorChangeBody {
  @OccurredOn('2024-11-20')
  occurredOn!: string;

  @TextField({ description: 'Who invests from then on.', example: '北京某新能源有限公司', maxLength: TEXT_LIMIT })
  investor!: string;

  @Reason('股权转让')
  reason!: string;
}

const WhichMilestone = (example: Milestone) =>
  ChoiceField({ description: 'Which milestone.', choices: MILESTONES, example });
const WhichRevision = (example: number) =>
  RevisionField({
    description: 'Revision of the event that recorded it. Needed where several of a kind stand (funds received).',
    example,
    optional: true,
  });
const DecidedOn = () =>
  DayField({ description: 'The day this was decided. Default: today.', example: '2025-06-10', optional: true });

export class CorrectionBody {
  @WhichMilestone('investment-signed')
  milestone!: Milestone;

  @WhichRevision(3)
  revision?: number;

  @DecidedOn()
  occurredOn?: string;

  @DayField({ description: 'The day it really happened.', example: '2024-06-21', optional: true })
  correctedOn?: string;

  @ObjectField({
    description: 'The amount it really was.',
    type: MoneyBody,
    example: { ...MONEY, value: '530000000.00' },
    optional: true,
  })
  correctedAmount?: MoneyBody;

  @Reason('协议日期和金额登记有误')
  reason!: string;
}

export class RevocationBody {
  @WhichMilestone('operating')
  milestone!: Milestone;

  @WhichRevision(10)
  revision?: number;

  @DecidedOn()
  occurredOn?: string;

  @Reason('实地核查未投产')
  reason!: string;
}

export class AssignmentBody {
  @DayField({ description: 'From which day on. Default: today.', example: '2025-01-06', optional: true })
  occurredOn?: string;

  @TextField({ description: 'Unit that looks after it.', example: '市招商局', maxLength: TEXT_LIMIT })
  unit!: string;

  @TextField({ description: 'Person in that unit.', example: '张三', optional: true, maxLength: TEXT_LIMIT })
  person?: string;
}
