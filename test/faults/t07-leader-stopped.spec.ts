import { shortForm } from './short-form.ts';
import { leaderStopped } from './t07-leader-stopped.ts';

shortForm(leaderStopped);
