import { runHttp } from '../../libs/runtime/run-http';
import { QueryApiModule } from './query-api.module';

void runHttp(QueryApiModule, 'Luodi: query-api');
