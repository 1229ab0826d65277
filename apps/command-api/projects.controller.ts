import { Body, Controller, Inject, Param, UseInterceptors } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import { PROGRAMME } from '../../libs/programme/programme.module';
import type { Programme } from '../../libs/programme/programme';
import { projectId, projectIdOfCommand } from '../../libs/programme/project-id';
import { ProjectCommand } from '../../libs/project/commands';
import { notFound } from '../../libs/runtime/http/problem';
import { Roles } from '../../libs/runtime/identity/access';
import { AnswerInterceptor, type Recorded } from './answer';
import { plain, Plain } from './bodies/parts';
import {
  AssignmentBody,
  CommitmentRevisionBody,
  ConstructionStartBody,
  CorrectionBody,
  FundsBody,
  IntentSigningBody,
  InvestmentSigningBody,
  InvestorChangeBody,
  LandingBody,
  OperationBody,
  PromotionBody,
  ProposalBody,
  RevocationBody,
  StatusChangeBody,
} from './bodies/project-bodies';
import { CommandRoute } from './command-route';
import { CommandEnvelope, type Envelope } from './envelope';
import { RecordProject } from './record-project';

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** One method for each fact that can be recorded of a project, named after it. */
@ApiTags('Commands: projects')
@Roles('clerk', 'administrator')
@UseInterceptors(AnswerInterceptor)
@Controller('api/v1/projects')
export class ProjectCommandsController {
  constructor(
    @Inject(CommandBus) private readonly bus: CommandBus,
    @Inject(PROGRAMME) private readonly programme: Programme,
  ) {}

  @CommandRoute({ path: '', summary: 'Propose a project 谋划', records: 'ProjectProposed', creates: true })
  async propose(@CommandEnvelope() envelope: Envelope, @Body() body: ProposalBody): Promise<Recorded> {
    const { id: programme } = this.programme;
    const id =
      body.code === undefined
        ? projectIdOfCommand(programme, envelope.caller.actor.subject, envelope.commandId)
        : projectId(programme, body.code);
    const recorded = await this.record(id, envelope, { type: 'Propose', data: this.plain(body) });
    return { ...recorded, location: `/api/v1/projects/${id}` };
  }

  @CommandRoute({ path: ':id/promotion', summary: 'It was promoted at a conference 推介', records: 'ProjectPromoted' })
  promote(@Param('id') id: string, @CommandEnvelope() envelope: Envelope, @Body() body: PromotionBody) {
    return this.record(id, envelope, { type: 'Promote', data: this.plain(body) });
  }

  @CommandRoute({
    path: ':id/intent-signing',
    summary: 'An intent or framework agreement was signed 签意向',
    records: 'IntentSigned',
  })
  signIntent(@Param('id') id: string, @CommandEnvelope() envelope: Envelope, @Body() body: IntentSigningBody) {
    return this.record(id, envelope, { type: 'SignIntent', data: this.plain(body) });
  }

  @CommandRoute({
    path: ':id/investment-signing',
    summary: 'The investment agreement was signed 签投资协议',
    records: 'InvestmentSigned',
  })
  signInvestment(@Param('id') id: string, @CommandEnvelope() envelope: Envelope, @Body() body: InvestmentSigningBody) {
    return this.record(id, envelope, { type: 'SignInvestment', data: this.plain(body) });
  }

  @CommandRoute({
    path: ':id/landing',
    summary: 'It landed: a legal entity was founded 落地',
    records: 'ProjectLanded',
  })
  land(@Param('id') id: string, @CommandEnvelope() envelope: Envelope, @Body() body: LandingBody) {
    return this.record(id, envelope, { type: 'Land', data: this.plain(body) });
  }

  @CommandRoute({ path: ':id/construction-start', summary: 'Building began 开工', records: 'ConstructionStarted' })
  startConstruction(
    @Param('id') id: string,
    @CommandEnvelope() envelope: Envelope,
    @Body() body: ConstructionStartBody,
  ) {
    return this.record(id, envelope, { type: 'StartConstruction', data: this.plain(body) });
  }

  @CommandRoute({ path: ':id/funds', summary: 'Money arrived 资金到位', records: 'FundsReceived' })
  receiveFunds(@Param('id') id: string, @CommandEnvelope() envelope: Envelope, @Body() body: FundsBody) {
    return this.record(id, envelope, { type: 'ReceiveFunds', data: this.plain(body) });
  }

  @CommandRoute({ path: ':id/operation', summary: 'It went into operation 投产运营', records: 'ProjectOperating' })
  operate(@Param('id') id: string, @CommandEnvelope() envelope: Envelope, @Body() body: OperationBody) {
    return this.record(id, envelope, { type: 'Operate', data: this.plain(body) });
  }

  @CommandRoute({
    path: ':id/commitment-revision',
    summary: 'The commitment was revised 调整投资额',
    records: 'CommitmentRevised',
  })
  reviseCommitment(
    @Param('id') id: string,
    @CommandEnvelope() envelope: Envelope,
    @Body() body: CommitmentRevisionBody,
  ) {
    return this.record(id, envelope, { type: 'ReviseCommitment', data: this.plain(body) });
  }

  @CommandRoute({ path: ':id/suspension', summary: 'It was suspended 暂停', records: 'ProjectSuspended' })
  suspend(@Param('id') id: string, @CommandEnvelope() envelope: Envelope, @Body() body: StatusChangeBody) {
    return this.record(id, envelope, { type: 'Suspend', data: this.plain(body) });
  }

  @CommandRoute({ path: ':id/resumption', summary: 'It was resumed 恢复', records: 'ProjectResumed' })
  resume(@Param('id') id: string, @CommandEnvelope() envelope: Envelope, @Body() body: StatusChangeBody) {
    return this.record(id, envelope, { type: 'Resume', data: this.plain(body) });
  }

  @CommandRoute({ path: ':id/termination', summary: 'It was terminated 终止', records: 'ProjectTerminated' })
  terminate(@Param('id') id: string, @CommandEnvelope() envelope: Envelope, @Body() body: StatusChangeBody) {
    return this.record(id, envelope, { type: 'Terminate', data: this.plain(body) });
  }

  @CommandRoute({
    path: ':id/investor-change',
    summary: 'Another investor has taken it over 更换投资方',
    records: 'InvestorChanged',
  })
  changeInvestor(@Param('id') id: string, @CommandEnvelope() envelope: Envelope, @Body() body: InvestorChangeBody) {
    return this.record(id, envelope, { type: 'ChangeInvestor', data: this.plain(body) });
  }

  @CommandRoute({
    path: ':id/corrections',
    summary: 'A milestone was recorded wrongly 更正',
    records: 'MilestoneCorrected',
  })
  correct(@Param('id') id: string, @CommandEnvelope() envelope: Envelope, @Body() body: CorrectionBody) {
    return this.record(id, envelope, { type: 'CorrectMilestone', data: this.plain(body) });
  }

  @CommandRoute({
    path: ':id/revocations',
    summary: 'The latest milestone proved false 撤销',
    records: 'MilestoneRevoked',
  })
  revoke(@Param('id') id: string, @CommandEnvelope() envelope: Envelope, @Body() body: RevocationBody) {
    return this.record(id, envelope, { type: 'RevokeMilestone', data: this.plain(body) });
  }

  @CommandRoute({
    path: ':id/assignment',
    summary: 'Somebody is responsible for it now 明确责任',
    records: 'ResponsibilityAssigned',
  })
  assign(@Param('id') id: string, @CommandEnvelope() envelope: Envelope, @Body() body: AssignmentBody) {
    return this.record(id, envelope, { type: 'AssignResponsibility', data: this.plain(body) });
  }

  private plain<T>(body: T): Plain<T> {
    return plain(body, this.programme.currency);
  }

  private async record(written: string, envelope: Envelope, command: ProjectCommand): Promise<Recorded> {
    const id = written.toLowerCase();
    if (!ID.test(id)) throw notFound({ zh: '项目不存在', en: 'there is no such project' });
    const { state, revision, position, eventIds, repeated } = await this.bus.execute(
      new RecordProject(id, command, envelope),
    );
    return { answer: { id, revision, position, stage: state.stage, status: state.status, eventIds }, repeated };
  }
}
