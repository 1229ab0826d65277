import { TEXT_LIMIT } from '../../../libs/project/field-checks';
import { DayField, ObjectListField, TextField, TextListField } from './fields';

const SUB_VENUE = { name: '克拉玛依分会场', partners: ['310000'], regions: ['650200'] };

export class SubVenueBody {
  @TextField({ description: 'Name of the room.', example: '二号分会场', maxLength: TEXT_LIMIT })
  name!: string;

  @TextListField({ description: 'Codes of the partners that were addressed.', example: SUB_VENUE.partners })
  partners!: string[];

  @TextListField({ description: 'Codes of the regions that presented.', example: SUB_VENUE.regions })
  regions!: string[];
}

export class ConferenceBody {
  @TextField({
    description: 'Names the conference for ever: lower case letters, digits and hyphens.',
    example: 'karamay-2024',
    pattern: '^[a-z0-9][a-z0-9-]{1,58}[a-z0-9]$',
  })
  id!: string;

  @TextField({ description: 'Its full name.', example: '产业援疆招商推介会', maxLength: TEXT_LIMIT })
  name!: string;

  @TextField({ description: 'Town and house.', example: '新疆克拉玛依', maxLength: TEXT_LIMIT })
  place!: string;

  @DayField({ description: 'First day. May lie in the future.', example: '2024-05-13' })
  opensOn!: string;

  @DayField({ description: 'Last day; the first again for a conference of one day.', example: '2024-05-13' })
  closesOn!: string;

  @TextListField({ description: 'Who holds it.', example: ['克拉玛依市人民政府'], minItems: 1 })
  organisers!: string[];

  @TextField({ description: 'Code of the region it is held in.', example: '650200', optional: true })
  prefecture?: string;

  @ObjectListField({ description: 'Who presents to whom.', type: SubVenueBody, example: [SUB_VENUE], optional: true })
  subVenues?: SubVenueBody[];
}

export class ClosingBody {
  @DayField({ description: 'The day on which it closed.', example: '2024-05-13' })
  closedOn!: string;
}
