import { enableCompileCache } from 'node:module';

// Imported before everything else: compiled code is kept between starts, which halves the time to the first line.
// Node 20, which only gets to say that it is too old, does not know it.
enableCompileCache?.();
