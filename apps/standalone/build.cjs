// Builds dist when a source is newer than it. Two builds at once would delete each other's files: one waits.
const { spawnSync } = require('node:child_process');
const {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} = require('node:fs');
const { join, resolve } = require('node:path');

const root = resolve(__dirname, '..', '..');
const stamp = join(root, 'dist', '.built');
const lock = join(root, 'node_modules', '.cache', 'luodi-build.lock');
const sources = ['apps', 'libs', 'nest-cli.json', '.swcrc', 'package-lock.json', 'tsconfig.json'];

module.exports = function buildIfNeeded() {
  const nest = join(root, 'node_modules', '@nestjs', 'cli', 'bin', 'nest.js');
  // Installed without development tools: dist was brought along.
  if (!existsSync(nest) && existsSync(stamp)) return;
  takeLock();
  try {
    const newest = Math.max(...sources.map((name) => newestIn(join(root, name))));
    if (existsSync(stamp) && statSync(stamp).mtimeMs >= newest) return;
    process.stderr.write('Building … 正在构建 …\n');
    const { status, stdout, stderr } = spawnSync(process.execPath, [nest, 'build'], { cwd: root, encoding: 'utf8' });
    if (status !== 0) throw new Error(`nest build ended with ${status}\n${stdout}${stderr}`);
    writeFileSync(stamp, '');
    // As old as the newest source that was seen: one that changes while it is built is built again next time.
    utimesSync(stamp, newest / 1000 + 0.001, newest / 1000 + 0.001);
  } finally {
    rmSync(lock, { force: true });
  }
};

function newestIn(path) {
  const found = statSync(path);
  if (!found.isDirectory()) return found.mtimeMs;
  return Math.max(found.mtimeMs, ...readdirSync(path).map((name) => newestIn(join(path, name))));
}

function takeLock() {
  mkdirSync(join(lock, '..'), { recursive: true });
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (!holderLives()) rmSync(lock, { force: true });
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
  }
}

function holderLives() {
  try {
    const pid = Number(readFileSync(lock, 'utf8'));
    return pid === 0 || process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}

if (require.main === module) module.exports();
