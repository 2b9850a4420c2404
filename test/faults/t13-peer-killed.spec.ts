import { shortForm } from './short-form.ts';
import { peerKilled } from './t13-peer-killed.ts';

shortForm(peerKilled);
