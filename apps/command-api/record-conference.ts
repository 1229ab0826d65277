import { Inject } from '@nestjs/common';
import { Command, CommandHandler as Handles, ICommandHandler } from '@nestjs/cqrs';
import { conferenceDecider } from '../../libs/conference/decider';
import { ConferenceCommand, ConferenceState } from '../../libs/conference/events';
import { CommandHandler, CommandOutcome } from '../../libs/event-store/command-handler';
import { EVENT_STORE } from '../../libs/event-store/event-store.module';
import type { EventStore } from '../../libs/event-store/event-store';
import { conferenceStream } from '../../libs/event-store/known-conferences';
import { normalTexts } from '../../libs/project/normal-text';
import { PROGRAMME } from '../../libs/programme/programme.module';
import type { Programme } from '../../libs/programme/programme';
import { guarded, requirePrefecture } from './access';
import type { Envelope } from './envelope';

/** The one command of the bus for conferences. */
export class RecordConference extends Command<CommandOutcome<ConferenceState>> {
  constructor(
    readonly id: string,
    readonly command: ConferenceCommand,
    readonly envelope: Envelope,
  ) {
    super();
  }
}

@Handles(RecordConference)
export class RecordConferenceHandler implements ICommandHandler<RecordConference> {
  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(PROGRAMME) private readonly programme: Programme,
  ) {}

  async execute({ id, command, envelope }: RecordConference): Promise<CommandOutcome<ConferenceState>> {
    const { caller, ...rest } = envelope;
    const handler = new CommandHandler(this.store, guarded(conferenceDecider, caller, placeOf), this.programme);
    const stream = conferenceStream(id);
    const outcome = await handler.handle({ ...rest, stream, commands: [command], actor: caller.actor });
    requirePrefecture(caller, outcome.state.opening.prefecture);
    return outcome;
  }
}

function placeOf(state: ConferenceState | undefined, command: ConferenceCommand): { prefecture?: string } | undefined {
  return state?.opening ?? (command.type === 'OpenConference' ? normalTexts(command.data) : undefined);
}
