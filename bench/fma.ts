// How fast one thread can multiply and add at all in WebAssembly SIMD: a module of nothing but
// independent multiply-adds, written byte by byte.
// Opcodes: the WebAssembly 3.0 specification, chapter 5, "Binary Format".

/** Chains that do not wait for each other: two units of four cycles latency need eight at least. */
const CHAINS = 12;
/** Multiply-adds of each chain in one turn of the loop, so that the loop itself costs nothing. */
const UNROLLED = 4;
const LANES = 4;

const I32 = 0x7f;
const F32 = 0x7d;
const V128 = 0x7b;

const F32X4_SPLAT = [0xfd, 0x13];
const F32X4_EXTRACT_LANE_0 = [0xfd, 0x1f, 0x00];
const F32X4_ADD = [0xfd, 0xe4, 0x01];
const F32X4_MUL = [0xfd, 0xe6, 0x01];
const F32X4_RELAXED_MADD = [0xfd, 0x85, 0x02];

const localGet = (index: number) => [0x20, index];
const localSet = (index: number) => [0x21, index];
const i32Const = (value: number) => [0x41, value]; // -64 to 63, as one byte of signed LEB128
const f32Const = (value: number) => [0x43, ...new Uint8Array(new Float32Array([value]).buffer)];

/** Multiply-adds a second, each counted as two operations, in GFLOP/s. */
export async function measurePeak(seconds: number): Promise<number> {
  const module = [true, false].map(encodeModule).find((bytes) => WebAssembly.validate(bytes));
  if (!module) throw new Error("There is no WebAssembly SIMD here");
  const { instance } = await WebAssembly.instantiate(module);
  const peak = instance.exports.peak as (turns: number) => number;
  const TURNS = 100_000;
  peak(TURNS); // until the optimising compiler is done
  const start = performance.now();
  let calls = 0;
  for (; performance.now() - start < 1000 * seconds; calls++) peak(TURNS);
  const operations = calls * TURNS * CHAINS * UNROLLED * LANES * 2;
  return operations / (performance.now() - start) / 1e6;
}

/**
 * The bytes of a module that exports `peak(turns: i32): f32`: sum = sum * 1 + 1, in every lane of
 * every chain.
 *
 * @param relaxed With one instruction for multiply and add, which not every engine has.
 */
function encodeModule(relaxed: boolean): Uint8Array<ArrayBuffer> {
  const TURNS = 0; // the parameter, which counts down
  const ONE = 1;
  const chains = Array.from({ length: CHAINS }, (_, i) => 2 + i);
  const multiplyAdd = relaxed
    ? [localGet(ONE), localGet(ONE), F32X4_RELAXED_MADD]
    : [localGet(ONE), F32X4_MUL, localGet(ONE), F32X4_ADD];
  const round = chains.map((sum) => [localGet(sum), ...multiplyAdd, localSet(sum)]);
  const code = [
    [f32Const(1), F32X4_SPLAT, localSet(ONE)],
    [0x03, 0x40], // loop
    Array(UNROLLED).fill(round),
    [localGet(TURNS), i32Const(-1 & 0x7f), 0x6a, 0x22, TURNS], // i32.add, local.tee
    [0x0d, 0x00, 0x0b], // br_if 0, end
    chains.map((sum, i) => i === 0 ? localGet(sum) : [localGet(sum), F32X4_ADD]),
    [F32X4_EXTRACT_LANE_0, 0x0b], // end of the function
  ];
  const locals = [0x01, CHAINS + 1, V128];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00], // "\0asm", version 1
    ...section(1, [0x01, 0x60, 0x01, I32, 0x01, F32]), // types: one, i32 -> f32
    ...section(3, [0x01, 0x00]), // functions: one, of type 0
    ...section(7, [0x01, ...named("peak"), 0x00, 0x00]), // exports: function 0
    ...section(10, [0x01, ...sized([locals, code])]), // code
  ]);
}

type Bytes = (number | Bytes)[];

function section(id: number, content: Bytes): number[] {
  return [id, ...sized(content)];
}

function named(name: string): number[] {
  return sized([...new TextEncoder().encode(name)]);
}

/** The bytes, with their number before them as unsigned LEB128 of two bytes. */
function sized(content: Bytes): number[] {
  const bytes = flatten(content);
  return [bytes.length & 0x7f | 0x80, bytes.length >> 7, ...bytes];
}

function flatten(content: Bytes): number[] {
  return content.flatMap((part) => typeof part === "number" ? [part] : flatten(part));
}
