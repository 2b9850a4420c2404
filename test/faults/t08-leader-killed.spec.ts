import { shortForm } from './short-form.ts';
import { leaderKilled } from './t08-leader-killed.ts';

shortForm(leaderKilled);
