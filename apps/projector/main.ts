import { runHttp } from '../../libs/runtime/run-http';
import { ProjectorModule } from './projector.module';

void runHttp(ProjectorModule, 'Luodi: projector');
