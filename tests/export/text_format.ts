// Reads protobuf's text format as far as Triton's configurations have it. Source:
// protobuf.dev/reference/protobuf/textformat-spec.

type Value = string | number | Value[] | { [field: string]: Value };

const TOKEN = /\s*("(?:[^"\\]|\\.)*"|[A-Za-z_]\w*|-?\d+|[{}[\]:,])/y;

/**
 * The fields of a message.
 *
 * @throws {SyntaxError} where something else stands, or a field twice.
 */
export function parseTextFormat(text: string): Record<string, Value> {
  return readMessage(tokenise(text), undefined);
}

function tokenise(text: string): string[] {
  const source = text.replaceAll(/^\s*#.*$/gm, "").trimEnd();
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < source.length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(source);
    if (!match) throw new SyntaxError(`What is ${JSON.stringify(source.slice(at, at + 20))}?`);
    tokens.push(match[1]);
  }
  return tokens;
}

/** Reads fields up to the closing bracket, or to the end. */
function readMessage(tokens: string[], end: string | undefined): Record<string, Value> {
  const message: Record<string, Value> = {};
  while (tokens[0] !== end) {
    const name = take(tokens, /^[A-Za-z_]\w*$/);
    if (name in message) throw new SyntaxError(`${name} is there twice`);
    // Before a message or a list of them there need not be a colon.
    if (tokens[0] === ":") tokens.shift();
    else if (tokens[0] !== "{" && tokens[0] !== "[") {
      throw new SyntaxError(`No colon after ${name}`);
    }
    message[name] = readValue(tokens);
  }
  if (end) tokens.shift();
  return message;
}

function readValue(tokens: string[]): Value {
  const token = take(tokens, /^["[{\w-]/);
  if (token === "{") return readMessage(tokens, "}");
  if (token === "[") return readList(tokens);
  if (token.startsWith('"')) return JSON.parse(token);
  return /^-?\d/.test(token) ? Number(token) : token;
}

function readList(tokens: string[]): Value[] {
  const values = [readValue(tokens)];
  while (take(tokens, /^[,\]]$/) === ",") values.push(readValue(tokens));
  return values;
}

function take(tokens: string[], expected: RegExp): string {
  const token = tokens.shift();
  if (token === undefined || !expected.test(token)) {
    throw new SyntaxError(`Found ${token ?? "the end"}, expected ${expected}`);
  }
  return token;
}
