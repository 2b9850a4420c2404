export {
  Call,
  Failure,
  Frame,
  MessageRequest,
  MessageResponse,
  ModuleServiceClient,
  type ModuleServiceServer,
  ModuleServiceService,
  Reply,
} from './gen/module/module.ts';
