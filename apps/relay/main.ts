import { runHttp } from '../../libs/runtime/run-http';
import { RelayModule } from './relay.module';

void runHttp(RelayModule, 'Luodi: relay');
