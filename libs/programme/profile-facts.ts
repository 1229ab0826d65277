import { isCivilDate } from '../project/civil-date';
import { ProfileProblem } from './profile-schema';
import { overlap, Place, ProgrammeProfile, Validity } from './profile';
import { spellings } from './spellings';

/** What contradicts itself in a profile whose form is right. */
export function checkFacts(profile: ProgrammeProfile): ProfileProblem[] {
  const clusters = profile.clusters.map(({ id, ...cluster }) => ({ code: id, ...cluster }));
  return [
    ...checkPlaces('regions', 'code', profile.regions),
    ...checkPlaces('partners', 'code', profile.partners),
    ...checkPlaces('clusters', 'id', clusters),
    ...checkPairings(profile),
  ];
}

interface Placed extends Validity {
  path: string;
  key: string;
  /** Name of the property that holds the key; missing where it is the whole entry. */
  property?: string;
}

function checkPlaces(list: string, property: string, places: readonly Place[]): ProfileProblem[] {
  const codes = places.flatMap((place, index) => [
    { ...validityOf(place), path: `${list}[${index}]`, key: place.code, property },
    ...(place.previousCodes ?? []).map((previous, nth) => ({
      ...validityOf(previous),
      path: `${list}[${index}].previousCodes[${nth}]`,
      key: previous.code,
      property: 'code',
    })),
  ]);
  return [...codes.flatMap(checkValidity), ...checkTwice(codes), ...checkSpellings(list, places)];
}

function checkPairings({ pairings, partners, regions }: ProgrammeProfile): ProfileProblem[] {
  const placed = pairings.map((pairing, index) => ({
    ...validityOf(pairing),
    path: `pairings[${index}]`,
    key: `${pairing.partner} with ${pairing.region}`,
  }));
  const unknown = pairings.flatMap(({ partner, region }, index) => [
    ...checkKnown(`pairings[${index}].partner`, partner, partners),
    ...checkKnown(`pairings[${index}].region`, region, regions),
  ]);
  return [...unknown, ...placed.flatMap(checkValidity), ...checkTwice(placed)];
}

function checkKnown(path: string, code: string, places: readonly Place[]): ProfileProblem[] {
  return places.some((place) => place.code === code) ? [] : [{ path, text: `${code} is not in the profile` }];
}

function checkValidity({ path, validFrom, validTo }: Placed): ProfileProblem[] {
  if (!validFrom || !validTo || !isCivilDate(validFrom) || !isCivilDate(validTo) || validFrom <= validTo) return [];
  return [{ path: `${path}.validFrom`, text: `${validFrom} is after validTo, ${validTo}` }];
}

/** The same key may stand twice only where the validities have no day in common. */
function checkTwice(entries: readonly Placed[]): ProfileProblem[] {
  return entries.flatMap((entry, index) => {
    const earlier = entries.slice(0, index).find((other) => other.key === entry.key && overlap(other, entry));
    const path = entry.property === undefined ? entry.path : `${entry.path}.${entry.property}`;
    return earlier ? [{ path, text: `${entry.key} stands twice, also at ${earlier.path}` }] : [];
  });
}

/** What a ledger writes must mean one code. */
function checkSpellings(list: string, places: readonly Place[]): ProfileProblem[] {
  const meanings = new Map<string, { code: string; path: string }>();
  const problems: ProfileProblem[] = [];
  places.forEach((place, index) => {
    const path = `${list}[${index}]`;
    for (const spelling of spellings(place)) {
      const other = meanings.get(spelling);
      if (other && other.code !== place.code) {
        problems.push({ path, text: `"${spelling}" means ${place.code} here and ${other.code} at ${other.path}` });
      }
      meanings.set(spelling, { code: place.code, path });
    }
  });
  return problems;
}

function validityOf({ validFrom, validTo }: Validity): Validity {
  return { validFrom, validTo };
}
