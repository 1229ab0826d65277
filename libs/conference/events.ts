import { CivilDate } from '../project/civil-date';

/** Who presented to whom in one room of a conference. Codes of the programme profile. */
export interface SubVenue {
  name: string;
  partners: string[];
  regions: string[];
}

/** All events of a promotion conference (推介会), by wire name. */
export interface ConferenceEventData {
  ConferenceOpened: {
    programme: string;
    name: string;
    place: string;
    /** First and last day; the same for a conference of one day. */
    opensOn: CivilDate;
    closesOn: CivilDate;
    organisers: string[];
    /** Region in which it is held, where that is known. */
    prefecture?: string;
  };
  SubVenueAdded: SubVenue;
  ConferenceClosed: { closedOn: CivilDate };
}

export type ConferenceEventType = keyof ConferenceEventData;

export type ConferenceEvent = {
  [Type in ConferenceEventType]: { type: Type; data: ConferenceEventData[Type] };
}[ConferenceEventType];

export const CONFERENCE_EVENT_VERSIONS: Record<ConferenceEventType, number> = {
  ConferenceOpened: 1,
  SubVenueAdded: 1,
  ConferenceClosed: 1,
};

/** Commands of a conference. Its id (`karamay-2024`: lower case letters, digits, hyphens, 3 to 60) names its stream. */
export type ConferenceCommand =
  | {
      type: 'OpenConference';
      data: Omit<ConferenceEventData['ConferenceOpened'], 'programme'> & { subVenues?: SubVenue[] };
    }
  | { type: 'AddSubVenue'; data: SubVenue }
  | { type: 'CloseConference'; data: ConferenceEventData['ConferenceClosed'] };

/** `undefined` before the first event. */
export interface ConferenceState {
  revision: number;
  opening: ConferenceEventData['ConferenceOpened'];
  subVenues: SubVenue[];
  closedOn?: CivilDate;
}
