export {
  MessageRequest,
  MessageResponse,
  ModuleServiceClient,
  type ModuleServiceServer,
  ModuleServiceService,
} from './gen/module/module.ts';
