import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { decodeProtobuf } from '../../src/http/protobuf.ts';

/** A ConfigMap as Go writes it: `metadata` = 1 { name = 1 }, `data` = 2; `more` adds fields. */
function configMap(more: (writer: BinaryWriter) => BinaryWriter = (writer) => writer): Buffer {
  const raw = new BinaryWriter().uint32(10).fork().uint32(10).string('cm').join();
  raw.uint32(18).fork().uint32(10).string('key').uint32(18).string('value').join();
  const typed = new BinaryWriter()
    .uint32(10)
    .fork()
    .uint32(10)
    .string('v1')
    .uint32(18)
    .string('ConfigMap')
    .join();
  const envelope = typed.uint32(18).bytes(more(raw).finish()).finish();
  return Buffer.concat([Buffer.from('k8s\0', 'latin1'), envelope]);
}

describe('decodeProtobuf', () => {
  it('reads a built-in kind', () => {
    expect(decodeProtobuf(configMap())).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'cm' },
      data: { key: 'value' },
    });
  });

  it('passes over a field it does not know when that says nothing', () => {
    const empty = configMap((writer) =>
      writer
        .uint32(15 * 8 + 2)
        .fork()
        .uint32(8)
        .int32(0)
        .join(),
    );
    expect(decodeProtobuf(empty)).toEqual(decodeProtobuf(configMap()));
  });

  it('refuses a field it does not know rather than drop what it says', () => {
    const telling = configMap((writer) => writer.uint32(15 * 8 + 2).string('something'));
    expect(() => decodeProtobuf(telling)).toThrow(/does not read field 15 .*send the object as JSON or YAML/);
  });

  it('refuses what is not such a message', () => {
    expect(() => decodeProtobuf(Buffer.from('{}'))).toThrow('does not appear to be a protobuf message');
  });
});
