import { isDeepStrictEqual } from 'node:util';
import { JsonSchema, Schemas } from './published';

/** What has changed between what was published and what the code says now. */
export interface Review {
  /** Each needs a new version of its type instead: `luodi.project-landed.v1: legalEntity: removed`. */
  incompatible: string[];
  /** Names of schemas that are new or have compatible changes: to be published. */
  toPublish: string[];
}

/**
 * Compares contracts. A topic is kept for ever, so one schema describes old and new messages: a change is compatible only
 * when readers of either schema understand what was written under the other. What remains is a new optional property, and
 * other words. A type may vanish when a higher version of it has come.
 */
export function review(published: Schemas, current: Schemas): Review {
  const incompatible: string[] = [];
  for (const [name, schema] of Object.entries(published)) {
    const now = current[name];
    if (now) incompatible.push(...differences(schema, now).map((difference) => `${name}: ${difference}`));
    else if (!Object.keys(current).some((other) => succeeds(other, name)))
      incompatible.push(`${name}: removed, and no higher version follows it`);
  }
  const toPublish = Object.keys(current).filter((name) => !isDeepStrictEqual(published[name], current[name]));
  return { incompatible, toPublish };
}

/** Whether a name is a higher version of another. */
export function succeeds(name: string, older: string): boolean {
  const [stem, version] = versionOf(name);
  const [olderStem, olderVersion] = versionOf(older);
  return stem === olderStem && version > olderVersion;
}

/** `luodi.project-landed.v2` → `["luodi.project-landed", 2]`. */
function versionOf(name: string): [stem: string, version: number] {
  const match = /^(.+)\.v(\d+)$/.exec(name);
  return match ? [match[1] as string, Number(match[2])] : [name, 0];
}

/** Keywords that say something to people alone. */
const WORDS = new Set(['title', 'description', 'examples', '$comment', '$id', '$schema', 'deprecated']);

/** Every incompatible difference, with the path of the property: `project.code: now required`. */
export function differences(published: JsonSchema, current: JsonSchema, path = ''): string[] {
  const keywords = new Set([...Object.keys(published), ...Object.keys(current)]);
  return [...keywords]
    .filter((keyword) => !WORDS.has(keyword))
    .flatMap((keyword) => (COMPARISONS[keyword] ?? sameValue(keyword))(published, current, path));
}

type Comparison = (published: JsonSchema, current: JsonSchema, path: string) => string[];

const COMPARISONS: Partial<Record<string, Comparison>> = {
  properties(published, current, path) {
    const [before, now] = [members(published.properties), members(current.properties)];
    const kept = Object.entries(before).flatMap(([name, schema]) => {
      const at = below(path, name);
      return now[name] ? differences(schema, now[name], at) : [`${at}: removed`];
    });
    // A reader whose schema is closed refuses whatever it does not name.
    const isClosed = published.additionalProperties === false;
    const added = Object.keys(now).filter((name) => isClosed && !(name in before));
    return [...kept, ...added.map((name) => `${below(path, name)}: added where nothing may be added`)];
  },
  required(published, current, path) {
    const [before, now] = [texts(published.required), texts(current.required)];
    // What is gone from the properties is reported there.
    const stillThere = (name: string): boolean => name in members(current.properties);
    const loosened = before.filter((name) => !now.includes(name) && stillThere(name));
    return [
      ...loosened.map((name) => `${below(path, name)}: no longer required`),
      ...now.filter((name) => !before.includes(name)).map((name) => `${below(path, name)}: now required`),
    ];
  },
  enum(published, current, path) {
    const [before, now] = [values(published.enum), values(current.enum)];
    const lost = before.filter((value) => !now.includes(value));
    const gained = now.filter((value) => !before.includes(value));
    return [
      ...lost.map((value) => `${at(path)}: no longer ${value}`),
      ...gained.map((value) => `${at(path)}: may now be ${value}`),
    ];
  },
  items(published, current, path) {
    return differences(schemaOf(published.items), schemaOf(current.items), `${path}[]`);
  },
};

/** For every other keyword: any change narrows or widens, and either breaks somebody. */
function sameValue(keyword: string): Comparison {
  return (published, current, path) => {
    const [before, now] = [published[keyword], current[keyword]];
    if (isDeepStrictEqual(before, now)) return [];
    return [
      `${at(path)}: ${keyword} was ${JSON.stringify(before) ?? 'missing'}, is ${JSON.stringify(now) ?? 'missing'}`,
    ];
  };
}

function at(path: string): string {
  return path === '' ? 'the whole' : path;
}

function below(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

function members(value: unknown): Record<string, JsonSchema> {
  return (value ?? {}) as Record<string, JsonSchema>;
}

function schemaOf(value: unknown): JsonSchema {
  return (value ?? {}) as JsonSchema;
}

function texts(value: unknown): string[] {
  return (value ?? []) as string[];
}

/** The values of an enumeration as JSON; a schema without one allows `anything`. */
function values(value: unknown): string[] {
  return Array.isArray(value) ? value.map((item) => JSON.stringify(item)) : ['anything'];
}
