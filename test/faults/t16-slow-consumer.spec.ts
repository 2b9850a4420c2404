import { shortForm } from './short-form.ts';
import { slowConsumer } from './t16-slow-consumer.ts';

shortForm(slowConsumer);
