/** The fields of a protobuf message by number, each value in order: numbers as bigints, everything else as its bytes (protobuf.dev/programming-guides/encoding). */
export type Fields = ReadonlyMap<number, readonly (bigint | Buffer)[]>;

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;

/** Reads a message without its schema. @throws Error for what OTLP does not use */
export function readMessage(bytes: Buffer): Fields {
  const fields = new Map<number, (bigint | Buffer)[]>();
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes.readUInt8(at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const take = (length: number): Buffer => bytes.subarray(at, (at += length));
  while (at < bytes.length) {
    const tag = Number(varint());
    const kind = tag & 7;
    let value: bigint | Buffer;
    if (kind === VARINT) value = varint();
    else if (kind === FIXED64) value = take(8);
    else if (kind === BYTES) value = take(Number(varint()));
    else if (kind === 5) value = take(4);
    else throw new Error(`a field of wire type ${kind}`);
    const number = tag >> 3;
    fields.set(number, [...(fields.get(number) ?? []), value]);
  }
  return fields;
}

/** The messages in a field. */
export function messages(fields: Fields | undefined, number: number): readonly Fields[] {
  return (fields?.get(number) ?? []).map((value) => readMessage(bytesOf(value)));
}

/** The bytes in a field; empty when it is not there. */
export function bytesIn(fields: Fields | undefined, number: number): Buffer {
  return bytesOf(fields?.get(number)?.[0] ?? Buffer.alloc(0));
}

function bytesOf(value: bigint | Buffer): Buffer {
  if (typeof value === "bigint") throw new Error("a number where a message was expected");
  return value;
}
