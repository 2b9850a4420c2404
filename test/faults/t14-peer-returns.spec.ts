import { shortForm } from './short-form.ts';
import { peerReturns } from './t14-peer-returns.ts';

shortForm(peerReturns);
