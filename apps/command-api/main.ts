import { runHttp } from '../../libs/runtime/run-http';
import { CommandApiModule } from './command-api.module';

void runHttp(CommandApiModule, 'Luodi: commands');
