const asItIs = (bytes: Buffer) => bytes;
const bytes = {
  requestSerialize: asItIs,
  requestDeserialize: asItIs,
  responseSerialize: asItIs,
  responseDeserialize: asItIs,
};

/** gRPC without Protocol Buffers: what is left is the price of gRPC itself. */
export const BARE_SERVICE = {
  unary: { path: '/bench.Echo/Unary', requestStream: false, responseStream: false, ...bytes },
  stream: { path: '/bench.Echo/Stream', requestStream: true, responseStream: true, ...bytes },
};
