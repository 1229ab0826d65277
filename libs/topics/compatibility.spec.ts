import { differences, review } from './compatibility';
import { JsonSchema, publishedSchemas, Schemas } from './published';
import { currentSchemas } from './schemas';

const text = { type: 'string', minLength: 1 };
const LANDED: JsonSchema = {
  title: 'Landed',
  type: 'object',
  properties: {
    project: { type: 'object', properties: { id: text, code: text }, required: ['id'] },
    stage: { type: 'string', enum: ['landed', 'operating'] },
    evidence: { type: 'array', items: { type: 'object', properties: { kind: text }, required: ['kind'] } },
  },
  required: ['project', 'stage'],
};

/** The schema with one place changed: `with(['properties', 'stage', 'enum'], […])`; undefined takes the place away. */
function landedWith(path: readonly string[], value: unknown): JsonSchema {
  const copy = JSON.parse(JSON.stringify(LANDED)) as Record<string, unknown>;
  let place = copy;
  for (const key of path.slice(0, -1)) place = place[key] as Record<string, unknown>;
  const last = path.at(-1)!;
  if (value === undefined) delete place[last];
  else place[last] = value;
  return copy;
}

const given = (published: JsonSchema) => ({
  when: (current: JsonSchema) => ({
    then: (...expected: string[]) => expect(differences(published, current)).toEqual(expected),
  }),
});

describe('a change of one schema', () => {
  const project = ['properties', 'project'];
  const evidence = ['properties', 'evidence'];

  it.each<[string, JsonSchema]>([
    ['no change', LANDED],
    ['other words', landedWith(['title'], '落地')],
    ['other words below', landedWith(['properties', 'stage', 'description'], 'The stage.')],
    ['a new optional property', landedWith(['properties', 'place'], text)],
    ['a new optional property below', landedWith([...project, 'properties', 'title'], text)],
    ['another order of an enumeration', landedWith(['properties', 'stage', 'enum'], ['operating', 'landed'])],
    ['another order of what is required', landedWith(['required'], ['stage', 'project'])],
  ])('%s is compatible', (_, current) => given(LANDED).when(current).then());

  it.each<[string, JsonSchema, string]>([
    ['a property removed', landedWith(evidence, undefined), 'evidence: removed'],
    [
      'an optional one removed below',
      landedWith([...project, 'properties', 'code'], undefined),
      'project.code: removed',
    ],
    ['a property retyped', landedWith([...evidence, 'type'], 'string'), 'evidence: type was "array", is "string"'],
    ['a property now required', landedWith([...project, 'required'], ['id', 'code']), 'project.code: now required'],
    ['a property no longer required', landedWith(['required'], ['project']), 'stage: no longer required'],
    ['nothing required any more', landedWith([...project, 'required'], undefined), 'project.id: no longer required'],
    ['a narrower enumeration', landedWith(['properties', 'stage', 'enum'], ['landed']), 'stage: no longer "operating"'],
    [
      'a wider enumeration',
      landedWith(['properties', 'stage', 'enum'], ['landed', 'operating', 'closed']),
      'stage: may now be "closed"',
    ],
    [
      'items that need more',
      landedWith([...evidence, 'items', 'properties', 'kind', 'minLength'], 2),
      'evidence[].kind: minLength was 1, is 2',
    ],
    ['a new limit', landedWith([...evidence, 'maxItems'], 3), 'evidence: maxItems was missing, is 3'],
    [
      'a limit gone',
      landedWith([...project, 'properties', 'id', 'minLength'], undefined),
      'project.id: minLength was 1, is missing',
    ],
    [
      'a schema that closes',
      landedWith(['additionalProperties'], false),
      'the whole: additionalProperties was missing, is false',
    ],
    [
      'another composition',
      landedWith(['anyOf'], [{ required: ['evidence'] }]),
      'the whole: anyOf was missing, is [{"required":["evidence"]}]',
    ],
  ])('%s is not', (_, current, difference) => given(LANDED).when(current).then(difference));

  it('an enumeration gone is not', () => {
    given(LANDED)
      .when(landedWith(['properties', 'stage'], { type: 'string' }))
      .then('stage: no longer "landed"', 'stage: no longer "operating"', 'stage: may now be anything');
  });

  it('a new required property is named once', () => {
    const required = landedWith(['required'], ['project', 'stage', 'place']);
    const properties = { ...(LANDED.properties as object), place: text };
    given(LANDED)
      .when({ ...required, properties })
      .then('place: now required');
  });

  it('a required property removed is named once', () => {
    const { stage: _stage, ...properties } = LANDED.properties as Record<string, JsonSchema>;
    given(LANDED)
      .when({ ...LANDED, properties, required: ['project'] })
      .then('stage: removed');
  });

  it('a property added to a closed schema is not', () => {
    const closed = landedWith(['additionalProperties'], false);
    const properties = { ...(LANDED.properties as object), place: text };
    given(closed)
      .when({ ...closed, properties })
      .then('place: added where nothing may be added');
  });
});

describe('a review of all schemas', () => {
  const v1 = { 'luodi.project-landed.v1': LANDED };

  it('finds nothing where nothing has changed', () => {
    expect(review(v1, v1)).toEqual({ incompatible: [], toPublish: [] });
  });

  it('wants a compatible change published', () => {
    const current = { 'luodi.project-landed.v1': landedWith(['properties', 'place'], text) };
    expect(review(v1, current)).toEqual({ incompatible: [], toPublish: ['luodi.project-landed.v1'] });
  });

  it('wants an incompatible one to be a new version', () => {
    const changed = landedWith(['properties', 'evidence'], undefined);
    expect(review(v1, { 'luodi.project-landed.v1': changed }).incompatible).toEqual([
      'luodi.project-landed.v1: evidence: removed',
    ]);
    const replaced = { 'luodi.project-landed.v2': changed };
    expect(review(v1, replaced)).toEqual({ incompatible: [], toPublish: ['luodi.project-landed.v2'] });
  });

  it('lets no type vanish, nor be replaced by another or an older one', () => {
    const v10 = { 'luodi.project-landed.v10': LANDED };
    const others: Schemas[] = [{}, { 'luodi.project-lost.v11': LANDED }, { 'luodi.project-landed.v9': LANDED }];
    for (const current of others) {
      expect(review(v10, current).incompatible).toEqual([
        'luodi.project-landed.v10: removed, and no higher version follows it',
      ]);
    }
  });
});

describe('the contract', () => {
  const { incompatible, toPublish } = review(publishedSchemas(), currentSchemas());

  it('has no change that readers would notice; such a change needs a new version of its type', () => {
    expect(incompatible).toEqual([]);
  });

  it('is published as it is; if not, `npm run topics:publish`', () => {
    expect(toPublish).toEqual([]);
  });
});
