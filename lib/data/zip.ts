// Single files out of a ZIP archive, by the directory at its end: of all else in it, however much that
// is, nothing is read.
// Source: APPNOTE.TXT, sections 4.3 and 4.4, https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT

const END = 0x06054b50; // "PK" 5 6
const END_SIZE = 22; // without the comment behind it
const LONGEST_COMMENT = 0xffff;
const ENTRY = 0x02014b50; // "PK" 1 2: in the directory
const ENTRY_SIZE = 46; // without name, extra field and comment
const HEADER = 0x04034b50; // "PK" 3 4: before a file
const HEADER_SIZE = 30; // without name and extra field

const STORED = 0; // methods of compression
const DEFLATED = 8;

const CHUNK = 2 ** 18; // bytes

const DAMAGED = "its directory is damaged, or one of ZIP64, which is not read here";

/** A file in an archive. */
export interface Member {
  /** Its path. */
  name: string;
  method: number;
  /** Where its header is, in bytes from the archive's beginning. */
  start: number;
  /** How many bytes it takes there. */
  size: number;
}

/**
 * Lists what is in an archive.
 *
 * @throws {SyntaxError} Where it is none, or is cut short.
 */
export async function listMembers(archive: Deno.FsFile): Promise<Member[]> {
  const { size } = await archive.stat();
  const tail = await readAt(archive, Math.max(0, size - END_SIZE - LONGEST_COMMENT), size);
  let at = tail.byteLength - END_SIZE;
  while (at >= 0 && !isEnd(tail, at)) at--;
  if (at < 0) throw new SyntaxError("it is no ZIP file, or it is cut short");
  const count = tail.getUint16(at + 10, true);
  const [length, start] = [tail.getUint32(at + 12, true), tail.getUint32(at + 16, true)];
  if (start + length > size) throw new SyntaxError(DAMAGED);
  const directory = await readAt(archive, start, start + length);
  const members: Member[] = [];
  for (let at = 0; members.length < count;) {
    const { member, end } = readEntry(directory, at);
    members.push(member);
    at = end;
  }
  return members;
}

/** Whether the archive's last record is at byte `at`: its comment fills the rest. */
function isEnd(tail: DataView, at: number): boolean {
  return tail.getUint32(at, true) === END &&
    tail.getUint16(at + 20, true) === tail.byteLength - END_SIZE - at;
}

/** Reads the directory's entry at byte `at`, and says where it ends. */
function readEntry(directory: DataView<ArrayBuffer>, at: number): { member: Member; end: number } {
  const room = directory.byteLength - at;
  if (room < ENTRY_SIZE || directory.getUint32(at, true) !== ENTRY) {
    throw new SyntaxError(DAMAGED);
  }
  const [name, extra, comment] = [28, 30, 32].map((field) => directory.getUint16(at + field, true));
  const end = at + ENTRY_SIZE + name + extra + comment;
  if (end > directory.byteLength) throw new SyntaxError(DAMAGED);
  return {
    member: {
      name: new TextDecoder().decode(new Uint8Array(directory.buffer, at + ENTRY_SIZE, name)),
      method: directory.getUint16(at + 10, true),
      start: directory.getUint32(at + 42, true),
      size: directory.getUint32(at + 20, true), // unlike in the header it always is right here
    },
    end,
  };
}

/**
 * The contents of a file in an archive, decompressed. Its checksum is not looked at.
 *
 * @throws {SyntaxError} Where it is not in the archive as its directory says, or is compressed in a
 * way that is not read here. The stream fails where the contents are damaged.
 */
export async function openMember(
  archive: Deno.FsFile,
  { name, method, start, size }: Member,
): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  const header = await readAt(archive, start, start + HEADER_SIZE);
  if (header.getUint32(0, true) !== HEADER) throw new SyntaxError(`${name} in it is damaged`);
  if (method !== STORED && method !== DEFLATED) {
    throw new SyntaxError(`${name} in it is compressed by the unknown method ${method}`);
  }
  let at = start + HEADER_SIZE + header.getUint16(26, true) + header.getUint16(28, true);
  const end = at + size;
  const contents = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      if (at === end) return controller.close();
      const chunk = await readAt(archive, at, Math.min(at + CHUNK, end));
      at += chunk.byteLength;
      controller.enqueue(new Uint8Array(chunk.buffer));
    },
  }, { highWaterMark: 0 });
  return method === STORED
    ? contents
    : contents.pipeThrough(new DecompressionStream("deflate-raw"));
}

/** The bytes of a file from `start` to `end`. */
async function readAt(
  file: Deno.FsFile,
  start: number,
  end: number,
): Promise<DataView<ArrayBuffer>> {
  const bytes = new Uint8Array(end - start);
  await file.seek(start, Deno.SeekMode.Start);
  for (let at = 0; at < bytes.length;) {
    const count = await file.read(bytes.subarray(at));
    if (count === null) throw new SyntaxError("it is cut short");
    at += count;
  }
  return new DataView(bytes.buffer);
}
