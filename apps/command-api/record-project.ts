import { Inject } from '@nestjs/common';
import { Command, CommandHandler as Handles, ICommandHandler } from '@nestjs/cqrs';
import { CommandHandler, CommandOutcome } from '../../libs/event-store/command-handler';
import { EVENT_STORE } from '../../libs/event-store/event-store.module';
import type { EventStore } from '../../libs/event-store/event-store';
import { conferenceOf, knowingConferences, KnownConferences } from '../../libs/event-store/known-conferences';
import { PROGRAMME } from '../../libs/programme/programme.module';
import type { Programme } from '../../libs/programme/programme';
import { ProjectCommand } from '../../libs/project/commands';
import { projectDecider } from '../../libs/project/decider';
import { normalTexts } from '../../libs/project/normal-text';
import { ProjectState } from '../../libs/project/state';
import { guarded, requirePrefecture } from './access';
import type { Envelope } from './envelope';

/** The one command of the bus for projects: record this of that project. */
export class RecordProject extends Command<CommandOutcome<ProjectState>> {
  constructor(
    /** UUID. */
    readonly id: string,
    readonly command: ProjectCommand,
    readonly envelope: Envelope,
  ) {
    super();
  }
}

@Handles(RecordProject)
export class RecordProjectHandler implements ICommandHandler<RecordProject> {
  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(PROGRAMME) private readonly programme: Programme,
    @Inject(KnownConferences) private readonly conferences: KnownConferences,
  ) {}

  async execute({ id, command, envelope }: RecordProject): Promise<CommandOutcome<ProjectState>> {
    const { caller, ...rest } = envelope;
    const unknown = await this.conferences.unknownOf([conferenceOf(command)]);
    const decider = guarded(knowingConferences(projectDecider, unknown), caller, placeOf);
    const handler = new CommandHandler(this.store, decider, this.programme);
    const outcome = await handler.handle({
      ...rest,
      stream: `project-${id}`,
      commands: [command],
      actor: caller.actor,
    });
    // A repeated command is answered without being decided; its answer is not for everybody either.
    requirePrefecture(caller, outcome.state.proposal.prefecture);
    return outcome;
  }
}

/** Nothing for a project that does not exist, which the decider says. */
function placeOf(state: ProjectState | undefined, command: ProjectCommand): { prefecture: string } | undefined {
  return state?.proposal ?? (command.type === 'Propose' ? normalTexts(command.data) : undefined);
}
