import { shortForm } from './short-form.ts';
import { loopBlocked } from './t10-loop-blocked.ts';

shortForm(loopBlocked);
