import { Static, Type } from '@sinclair/typebox';
import { ProjectState } from '../project/state';
import { projectId, stage, status, text } from './public-values';

/** What every message says about its project, so that a reader can choose and route without keeping a table of projects. */
export const projectContext = Type.Object(
  {
    id: projectId,
    programme: text('Id of the programme.'),
    code: Type.Optional(text('Number under which ledgers carry it.')),
    title: text('What is to be built.'),
    investor: text('Who builds it.'),
    origin: text('Code of the partner (aid province or the like) the investor comes from.'),
    prefecture: text('Code of the region in which it is built.'),
    cluster: Type.Optional(text('Id of the industrial cluster.')),
    stage,
    status,
  },
  { description: 'The project, as it is after the event.' },
);

export function contextOf(
  id: string,
  { proposal, investor, stage, status }: ProjectState,
): Static<typeof projectContext> {
  const { programme, code, title, origin, prefecture, cluster } = proposal;
  return { id, programme, code, title, investor, origin, prefecture, cluster, stage, status };
}
