export { DESCRIPTORS } from './gen/descriptors.ts';
export {
  ServerReflectionRequest,
  ServerReflectionResponse,
  ServerReflectionService,
} from './gen/grpc/reflection/v1/reflection.ts';
export {
  Call,
  Failure,
  Frame,
  MessageRequest,
  MessageResponse,
  ModuleServiceClient,
  type ModuleServiceServer,
  ModuleServiceService,
  RecordedRequest,
  RecordedResponse,
  RecordedTrace,
  Reply,
  TrackerRecord,
} from './gen/module/module.ts';
