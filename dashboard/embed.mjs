// Writes the files of a directory as C++: node embed.mjs DIRECTORY OUTPUT
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { extname, join, relative } from 'node:path';
import process from 'node:process';
import { gzipSync } from 'node:zlib';

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};
// What a page over a slow line may weigh.
const GZIP_BYTES_MAX = 120 * 1024;
const LINE_BYTES = 80;

const [directory, output] = process.argv.slice(2);

function filesOf(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => entry.isDirectory() ? filesOf(join(folder, entry.name))
      : [join(folder, entry.name)])
    .sort();
}

// Three octal digits always, so that a digit that follows is not taken for one of them. A question
// mark may be part of a trigraph.
function escaped(byte) {
  const printable = byte >= 0x20 && byte < 0x7f && !'"\\?'.includes(String.fromCharCode(byte));
  return printable ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, '0')}`;
}

function literal(bytes) {
  const lines = [];
  for (let begin = 0; begin < bytes.length; begin += LINE_BYTES) {
    lines.push(`"${Array.from(bytes.subarray(begin, begin + LINE_BYTES), escaped).join('')}"`);
  }
  return lines.length === 0 ? '""' : lines.join('\n     ');
}

const entries = filesOf(directory).map((file) => {
  const type = TYPES[extname(file)];
  if (type === undefined) {
    throw new Error(`${file}: embed.mjs knows no content type for it`);
  }
  return { path: `/${relative(directory, file)}`, type, bytes: readFileSync(file) };
});
const gzipped = entries.reduce((sum, { bytes }) => sum + gzipSync(bytes).length, 0);
if (gzipped > GZIP_BYTES_MAX) {
  throw new Error(`${gzipped} bytes compressed, at most ${GZIP_BYTES_MAX}`);
}

writeFileSync(output, `// Made by dashboard/embed.mjs of what npm built, ${gzipped} B compressed.
#include "dashboard/files.hpp"

namespace spillway::dashboard {

namespace {

constexpr admin::DashboardFile kFiles[] = {
${entries.map(({ path, type, bytes }) => `    {"${path}", "${type}",
     {${literal(bytes)}, ${bytes.length}}},`).join('\n')}
};

}  // namespace

std::span<const admin::DashboardFile> dashboard_files() {
  return kFiles;
}

}  // namespace spillway::dashboard
`);
