import { shortForm } from './short-form.ts';
import { serverRestarted } from './t04-server-restarted.ts';

shortForm(serverRestarted);
