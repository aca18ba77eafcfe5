// The body of an event as text: whether it can be shown, and prettily. Pure.

export interface BodyText {
  // Null: it is no text.
  raw: string | null;
  // Null: it is no JSON.
  pretty: string | null;
  cut: boolean;
}

// More than this is for a download.
export const SHOWN_BYTES = 256 * 1024;

export function bodyText(body: Uint8Array): BodyText {
  const cut = body.length > SHOWN_BYTES;
  const part = cut ? body.subarray(0, SHOWN_BYTES) : body;
  let raw: string;
  try {
    // A cut may go through the middle of a character.
    raw = new TextDecoder('utf-8', { fatal: !cut }).decode(part);
  } catch {
    return { raw: null, pretty: null, cut };
  }
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u0008\u000e-\u001f]/.test(raw)) {
    return { raw: null, pretty: null, cut };
  }
  return { raw, pretty: cut ? null : prettyJson(raw), cut };
}

// Indents without parsing: numbers stay as they are written, and so do repeated keys.
export function prettyJson(text: string): string | null {
  try {
    JSON.parse(text);
  } catch {
    return null;
  }
  let out = '';
  let depth = 0;
  const line = () => `\n${'  '.repeat(depth)}`;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g)) {
    if (token === '{' || token === '[') {
      depth += 1;
      out += token + line();
    } else if (token === '}' || token === ']') {
      depth -= 1;
      // Of an empty one nothing stands between.
      out = /[{[]\s*$/.test(out) ? out.trimEnd() + token : out + line() + token;
    } else if (token === ',') {
      out += token + line();
    } else {
      out += token === ':' ? ': ' : token;
    }
  }
  return out;
}
