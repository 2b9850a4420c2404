import { shortForm } from './short-form.ts';
import { leaderPaused } from './t09-leader-paused.ts';

shortForm(leaderPaused);
