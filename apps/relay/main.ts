import { runHttp } from '../../libs/runtime/run-http';
import { RelayModule } from './relay.module';

void runHttp(RelayModule, 'Luodi: relay', {
  // Unlike in the standalone, what listens here is not the query-api, and topics are kept for ever.
  publicUrl: 'must be where the query-api answers, for it stands in every message',
});
