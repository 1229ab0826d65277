// Preloaded (node --require) into a process that is measured: tells the most memory it ever had, in MB, as its last line on stderr.
const { readFileSync, writeSync } = require('node:fs');

process.on('exit', () => {
  // Linux counts in maxRSS what the process had in it that started this one.
  const own = process.platform === 'linux' && /VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  writeSync(2, `\npeak ${Math.round((own || process.resourceUsage().maxRSS) / 1024)}\n`);
});
