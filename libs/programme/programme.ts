import { CivilDate } from '../project/civil-date';
import { ProgrammeFacts } from '../project/programme-facts';
import { Text } from '../project/refusal';
import { Cluster, isValidOn, Pairing, Place, ProgrammeProfile, Validity } from './profile';
import { folded, spellings } from './spellings';

/** What deciders, ledgers and read models ask of a programme. Made once from a profile that `loadProfile` has checked. */
export class Programme implements ProgrammeFacts {
  readonly id: string;
  readonly name: Text;
  readonly timeZone: string;
  readonly currency: string;
  readonly amounts: 'required' | 'optional';
  private readonly regions: Directory<Place>;
  private readonly partners: Directory<Place>;
  private readonly clusters: Directory<Cluster>;
  private readonly pairings: Map<string, Pairing[]>;

  constructor(readonly profile: ProgrammeProfile) {
    const { id, name, timeZone, currency, amounts } = profile.programme;
    this.id = id;
    this.name = name;
    this.timeZone = timeZone;
    this.currency = currency;
    this.amounts = amounts;
    this.regions = new Directory(profile.regions, ({ code }) => code);
    this.partners = new Directory(profile.partners, ({ code }) => code);
    this.clusters = new Directory(profile.clusters, ({ id: code }) => code);
    this.pairings = Map.groupBy(profile.pairings, ({ partner, region }) => pairOf(partner, region));
  }

  isRegion(code: string, on: CivilDate): boolean {
    return this.regions.has(code, on);
  }

  isPartner(code: string, on: CivilDate): boolean {
    return this.partners.has(code, on);
  }

  isCluster(id: string, on: CivilDate): boolean {
    return this.clusters.has(id, on);
  }

  isPaired(partner: string, region: string, on: CivilDate): boolean {
    return this.pairings.get(pairOf(partner, region))?.some((pairing) => isValidOn(pairing, on)) ?? false;
  }

  /** In the order of the profile. */
  regionsOn(date: CivilDate): Place[] {
    return this.profile.regions.filter((region) => isValidOn(region, date));
  }

  partnersOn(date: CivilDate): Place[] {
    return this.profile.partners.filter((partner) => isValidOn(partner, date));
  }

  clustersOn(date: CivilDate): Cluster[] {
    return this.profile.clusters.filter((cluster) => isValidOn(cluster, date));
  }

  pairingsOn(date: CivilDate): Pairing[] {
    return this.profile.pairings.filter((pairing) => isValidOn(pairing, date));
  }

  /** The name of a code, the newest where it has had several; undefined for a code the profile does not know. */
  nameOf(kind: 'place' | 'partner' | 'cluster', code: string): Text | undefined {
    return { place: this.regions, partner: this.partners, cluster: this.clusters }[kind].nameOf(code);
  }

  /** The code of the region that a person's text means: its code now or before, its name in either language or an alias. */
  resolveRegion(text: string): string | undefined {
    return this.regions.resolve(text);
  }

  resolvePartner(text: string): string | undefined {
    return this.partners.resolve(text);
  }

  resolveCluster(text: string): string | undefined {
    return this.clusters.resolve(text);
  }
}

/** The entries of one list by code and by every way to write them. */
class Directory<Entry extends Place | Cluster> {
  private readonly byCode = new Map<string, (Validity & { name: Text })[]>();
  private readonly bySpelling = new Map<string, string>();

  constructor(entries: readonly Entry[], codeOf: (entry: Entry) => string) {
    for (const entry of entries) {
      const code = codeOf(entry);
      this.byCode.set(code, [...(this.byCode.get(code) ?? []), entry]);
      for (const spelling of spellings(entry)) this.bySpelling.set(spelling, code);
    }
  }

  has(code: string, on: CivilDate): boolean {
    return this.byCode.get(code)?.some((entry) => isValidOn(entry, on)) ?? false;
  }

  nameOf(code: string): Text | undefined {
    const entries = this.byCode.get(code) ?? [];
    const open = entries.find(({ validTo }) => !validTo);
    return (open ?? entries.toSorted((a, b) => ((a.validTo ?? '') < (b.validTo ?? '') ? 1 : -1))[0])?.name;
  }

  resolve(text: string): string | undefined {
    return this.bySpelling.get(folded(text));
  }
}

/** Codes hold no space. */
function pairOf(partner: string, region: string): string {
  return `${partner} ${region}`;
}
