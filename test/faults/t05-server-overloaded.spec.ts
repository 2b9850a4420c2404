import { shortForm } from './short-form.ts';
import { serverOverloaded } from './t05-server-overloaded.ts';

shortForm(serverOverloaded);
